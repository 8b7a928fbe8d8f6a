import type { Bus } from "../bus/bus.ts";
import type { Clock, Timer } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { Conference, VersionedLive } from "./conference.ts";
import type { Counts } from "./counts.ts";
import type { Directory } from "./directory.ts";
import { CONFERENCES, type Message, type Report } from "./messages.ts";
import type { Ages, Plan } from "./plan.ts";
import { NO_ANSWERS, noteUnreachable } from "./unreachable.ts";

/** How long other isolates have to answer before a plan is made without them. */
const ANSWER_MS = 500;
/** Isolates that could ask at the same moment wait for a random part of this first. */
const SPREAD_MS = 500;
/** The pause after a plan: for what is on its way, and for each isolate that was asked. */
const REST_MS = 10;
const REST_PER_ISOLATE_MS = 1;

/** How soon a go-live is told again that nobody else could be told of, and the most of them. */
const TELL_AGAIN_MS = 500;
const MAX_UNTOLD = 10_000;

const logger = getLogger("queue");

export interface PlannerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly counts: Counts;
  /** Between two visitors of a conference; 0 tells all at once, which needs no order and no plan. */
  readonly intervalMs: number;
  /** At least 0, less than 1. */
  readonly random: () => number;
}

/**
 * Makes the plans of releases: asks every isolate who waits there, and publishes the answers. A
 * go-live does it, and afterwards whichever isolate has visitors that came too late for a plan.
 */
export class Planner implements Disposable {
  /** When a conference is looked at again. */
  readonly #timers = new Map<Conference, Timer>();
  /** Conferences of whose go-live nobody else could be told. */
  readonly #untold = new Set<string>();
  #tellAgain: Timer | undefined;
  #disposed = false;

  constructor(readonly options: PlannerOptions) {}

  /**
   * Tells all isolates that `key` is live and starts the release; the live state is stored by then.
   * Resolves with how many waited, as far as the isolates answered; the release goes on by itself.
   * Never fails: an isolate that was not reached finds the live state in the store.
   */
  async goLive(key: string, live: VersionedLive): Promise<number> {
    const { clock, counts, directory } = this.options;
    const conference = directory.get(key);
    if (conference && !conference.hear(live) && !conference.live(clock.now())) {
      // An end that is newer was quicker, and whoever made it tells of it.
      void directory.refresh(conference);
      return (await counts.count(key)).visitors;
    }
    const { since, until, version } = live;
    const ttlMs = until - clock.now();
    return await this.#lead(key, conference, { type: "live", since, ttlMs, version });
  }

  /** Somebody waits in `conference` without a moment, and it is live. */
  consider(conference: Conference): void {
    if (this.#timers.has(conference)) return;
    const now = this.options.clock.now();
    const due = conference.planDue(now);
    if (due === undefined) return;
    const wait = Math.max(0, due - now);
    const spread = Math.max(Math.min(wait, SPREAD_MS), conference.line.restMs);
    this.#wakeAfter(conference, wait + this.options.random() * spread);
  }

  /**
   * The answer to an isolate that makes a plan, where somebody has waited without a moment since
   * `oldest`.
   */
  report(conference: Conference, oldest?: number): Report {
    const { clock, counts, intervalMs } = this.options;
    const { line, version } = conference;
    const now = clock.now();
    const tally = counts.own(conference);
    if (intervalMs === 0) {
      this.#wakeAfter(conference, 0);
      return { ...tally, version };
    }
    const ages = line.report(now, oldest);
    this.#reconsider(conference);
    return { ...tally, ages, busyMs: line.release.busyMs(now), version };
  }

  /** A plan that another isolate made. */
  follow(conference: Conference, plan: Plan): void {
    if (this.#disposed) return;
    const { bus, clock } = this.options;
    conference.plan(bus.id, plan, clock.now());
    this.#reconsider(conference);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
    this.#tellAgain?.[Symbol.dispose]();
  }

  #reconsider(conference: Conference): void {
    this.#timers.get(conference)?.[Symbol.dispose]();
    this.#timers.delete(conference);
    this.consider(conference);
  }

  #wakeAfter(conference: Conference, ms: number): void {
    if (this.#disposed) return;
    this.#timers.get(conference)?.[Symbol.dispose]();
    this.#timers.set(conference, this.options.clock.after(ms, () => this.#wake(conference)));
  }

  #wake(conference: Conference): void {
    const { clock, intervalMs } = this.options;
    this.#timers.delete(conference);
    const now = clock.now();
    const due = conference.planDue(now);
    if (due === undefined) return;
    if (intervalMs === 0) {
      conference.planAlone(now);
    } else if (due > now) {
      this.consider(conference);
    } else {
      const oldestMs = conference.line.oldestMs(now);
      const { key, version } = conference;
      void this.#lead(key, conference, { type: "line", oldestMs, version });
    }
  }

  /** Asks, and publishes the plan. Resolves with how many wait. */
  async #lead(key: string, conference: Conference | undefined, message: Message): Promise<number> {
    const { bus, clock, intervalMs } = this.options;
    const askedAt = clock.now();
    const oldest = message.type === "line" ? askedAt - message.oldestMs : undefined;
    const own = conference && this.report(conference, oldest);
    const { reports, complete } = await this.#ask(key, message);
    const alone = complete && reports.size === 0;
    if (own) reports.set(bus.id, own);
    let visitors = 0;
    for (const report of reports.values()) visitors += report.visitors;
    if (this.#disposed || intervalMs === 0) return visitors;
    if (conference && isOverElsewhere(conference, reports)) {
      // Whoever was reported waits: for the store's word, or for the next plan.
      void this.options.directory.refresh(conference);
      return visitors;
    }
    const times = { agoMs: clock.now() - askedAt, restMs: alone ? 0 : restAfter(reports.size) };
    const plan = planOf(reports, times);
    if (!alone) this.#publish(key, plan);
    // After the caller has had the chance to answer its request.
    if (conference) clock.after(0, () => this.follow(conference, plan));
    return visitors;
  }

  async #ask(key: string, message: Message): Promise<Reports> {
    const { answers, complete } = await CONFERENCES.of(key)
      .ask(this.options.bus, message, ANSWER_MS)
      .catch((error) => {
        if (message.type === "live") this.#tellLater(key);
        noteUnreachable(`ask who waits for ${key}`, error);
        return NO_ANSWERS;
      });
    // Of a release that goes on without the bus one word is enough.
    const level = message.type === "live" ? "warn" : "debug";
    if (!complete) logger[level]("Not every isolate answered who waits for {key}", { key });
    return { reports: new Map(answers), complete };
  }

  /** The bus may be away for this isolate alone: the others do not know that they missed anything. */
  #tellLater(key: string): void {
    if (this.#disposed || this.#untold.size >= MAX_UNTOLD) return;
    this.#untold.add(key);
    this.#tellAgain ??= this.options.clock.after(TELL_AGAIN_MS, () => this.#tellUntold());
  }

  #tellUntold(): void {
    const keys = [...this.#untold];
    this.#untold.clear();
    this.#tellAgain = undefined;
    for (const key of keys) {
      // They look into the store: by now it may be live no more.
      CONFERENCES.of(key).publish(this.options.bus, { type: "line", oldestMs: 0 })
        .catch((error) => {
          noteUnreachable(`tell others that ${key} went live`, error);
          this.#tellLater(key);
        });
    }
  }

  #publish(key: string, { ages, ...times }: Plan): void {
    const message = { type: "plan", ages: Object.fromEntries(ages), ...times } as const;
    CONFERENCES.of(key).publish(this.options.bus, message)
      .catch((error) => noteUnreachable(`tell others the plan of ${key}`, error));
  }
}

/** What other isolates answered, by their id. */
interface Reports {
  readonly reports: Map<string, Report>;
  /** False when one that has the conference did not answer. */
  readonly complete: boolean;
}

/** True when somebody has heard of an end of which this isolate has not. */
function isOverElsewhere({ version }: Conference, reports: ReadonlyMap<string, Report>): boolean {
  if (version === undefined) return false;
  return reports.values().some((report) => {
    return report.ages === undefined && (report.version ?? version) > version;
  });
}

function restAfter(isolates: number): number {
  return REST_MS + REST_PER_ISOLATE_MS * isolates;
}

function planOf(
  reports: ReadonlyMap<string, Report>,
  { agoMs, restMs }: Pick<Plan, "agoMs" | "restMs">,
): Plan {
  const ages = new Map<string, Ages>();
  let busyMs = 0;
  for (const [id, report] of reports) {
    if (report.ages?.length) ages.set(id, report.ages);
    busyMs = Math.max(busyMs, report.busyMs ?? 0);
  }
  return { ages, startMs: Math.max(0, busyMs - agoMs), agoMs, restMs };
}
