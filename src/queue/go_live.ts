import { type Answers, type Bus, BusError } from "../bus/bus.ts";
import type { Clock } from "../clock.ts";
import { getLogger } from "../log.ts";
import type { Conference } from "./conference.ts";
import type { Directory } from "./directory.ts";
import type { Live } from "./live_state.ts";
import { decodeTally, encode, type Tally, topicOf } from "./messages.ts";
import type { Ages } from "./plan.ts";

/** How long other isolates have to answer before a go-live does without them. */
const ANSWER_MS = 500;
/** After this long without a plan whoever went live has died, and this isolate makes one. */
const PLAN_WAIT_MS = 2_000;

const logger = getLogger("queue");

export interface GoLiveOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly directory: Directory;
}

/** Gathers who waits where, and spreads the plan of the release; the live state is stored by then. */
export class GoLive {
  constructor(readonly options: GoLiveOptions) {}

  /**
   * Tells all isolates that `key` is live and starts the release. Resolves with how many waited, as
   * far as the isolates answered; the release goes on by itself. Never fails: an isolate that was
   * not reached finds the live state in the store.
   */
  async lead(key: string, live: Live): Promise<number> {
    const { bus, clock, directory } = this.options;
    const conference = directory.get(key);
    const ages = conference?.freeze(live, clock.now()) ?? [];
    let visitors = conference?.waiting ?? 0;
    const plan = new Map<string, Ages>(ages.length > 0 ? [[bus.id, ages]] : []);
    for (const [id, tally] of await this.#ask(key, live)) {
      visitors += tally.visitors;
      if (tally.ages?.length) plan.set(id, tally.ages);
    }
    const elsewhere = plan.size - (ages.length > 0 ? 1 : 0);
    if (elsewhere > 0) await this.#spread(key, plan);
    // After the caller has had the chance to answer its request.
    if (conference) clock.after(0, () => conference.plan(bus.id, plan, clock.now()));
    return visitors;
  }

  /** Another isolate went live: reports who waits here, and waits for its plan. */
  follow(conference: Conference, live: Live): Ages {
    const { bus, clock } = this.options;
    const ages = conference.freeze(live, clock.now());
    if (conference.options.intervalMs === 0) {
      // All at once needs no order, so no plan either.
      clock.after(0, () => conference.plan(bus.id, new Map(), clock.now()));
    } else if (ages.length > 0) {
      clock.after(PLAN_WAIT_MS, () => {
        if (conference.frozen) void this.lead(conference.key, live);
      });
    }
    return ages;
  }

  async #ask(key: string, live: Live): Promise<Map<string, Tally>> {
    const { bus, clock } = this.options;
    const message = encode({ type: "live", since: live.since, ttlMs: live.until - clock.now() });
    const tallies = new Map<string, Tally>();
    const { answers, complete } = await bus.ask(topicOf(key), message, ANSWER_MS)
      .catch((error): Answers => unreachable(key, error));
    for (const [id, answer] of answers) {
      const tally = decodeTally(answer);
      if (tally) tallies.set(id, tally);
    }
    if (!complete) logger.warn("Not every isolate answered the go-live of {key}", { key });
    return tallies;
  }

  async #spread(key: string, plan: ReadonlyMap<string, Ages>): Promise<void> {
    const message = encode({ type: "plan", ages: Object.fromEntries(plan) });
    await this.options.bus.publish(topicOf(key), message).catch((error) => unreachable(key, error));
  }
}

/** Nobody else can be told now. They find the live state in the store once the bus is back. */
function unreachable(key: string, error: unknown): Answers {
  if (!(error instanceof BusError)) throw error;
  logger.warn("Cannot tell other isolates that {key} is live: {error}", { key, error });
  return { answers: new Map(), complete: false };
}
