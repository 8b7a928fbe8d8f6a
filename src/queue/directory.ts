import { reasonOf } from "../base/reason.ts";
import type { Bus, Subscription } from "../bus/bus.ts";
import type { Clock, Timer } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { Conference } from "./conference.ts";
import { Fresh } from "../base/fresh.ts";
import { Distance } from "./distance.ts";
import type { Keeper } from "./keeper.ts";
import type { Known } from "./live_record.ts";
import { type LiveState, READ_BATCH } from "./live_state.ts";
import { CONFERENCES, type Message, type Report } from "./messages.ts";
import { noteUnreachable } from "./unreachable.ts";

/** How often what this isolate believes is held against the store: lost messages are found again. */
const RECONCILE_MS = 15_000;
/** How often conferences that nobody has a part in are let go. */
const TIDY_MS = 2_000;
/** Where the store has nothing and only clocks say that it should, it is asked once more. */
const MISSED_MS = 1_500;
/** What is found by chance is being told just now, as likely as not: its plan is waited for. */
const FOUND_MS = 500;

const logger = getLogger("queue");

/** What a conference needs to come to life here. */
export interface DirectoryOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly liveState: LiveState;
  readonly keeper: Keeper;
  /** Makes the local state of a conference. */
  readonly create: (key: string) => Conference;
  /** Handles what other isolates say of a conference. */
  readonly handle: (conference: Conference, message: Message, from: string) => Report | void;
  /** It is joined to its topic. */
  readonly joined: (conference: Conference) => void;
}

/** A conference, and its part in the topic of that name. */
interface Entry {
  readonly conference: Conference;
  readonly subscription: Subscription;
  /** Until it is joined, or failed to. */
  joining: Promise<void> | undefined;
  /** The store had nothing of it, though it should; until it is asked once more, and then. */
  missed: Timer | "again" | undefined;
}

/**
 * The conferences that somebody in this isolate waits for or watches, each joined to its topic on the
 * bus and in step with the store.
 */
export class Directory implements Disposable {
  readonly #entries = new Map<string, Entry>();
  readonly #reads = new Fresh((conference: Conference) => this.#read(conference));
  readonly #running: Disposable[];
  /** From this isolate to the carrier of the bus. */
  readonly distance: Distance = new Distance();

  constructor(readonly options: DirectoryOptions) {
    const { bus, clock } = options;
    this.#running = [
      clock.every(RECONCILE_MS, () => void this.reconcile()),
      clock.every(TIDY_MS, () => this.#tidy()),
      // The store may come back later than the bus: what was missed is not left to the next look.
      bus.onGap(() => void this.#compare((keys) => options.liveState.readAllHeld(keys))),
    ];
  }

  get(key: string): Conference | undefined {
    return this.#entries.get(key)?.conference;
  }

  /** Settles when the conference `key` is joined to its topic; undefined when it is. */
  joining(key: string): Promise<void> | undefined {
    return this.#entries.get(key)?.joining;
  }

  *values(): Iterable<Conference> {
    for (const { conference } of this.#entries.values()) yield conference;
  }

  /** The conference `key`, made and joined when it is new here. */
  open(key: string): Conference {
    const { bus, clock, create, handle } = this.options;
    const known = this.get(key);
    if (known) {
      if (known.stale(clock.now())) void this.refresh(known);
      return known;
    }
    // Registered first, joined second, read third: see docs/architecture.md for why in this order.
    const conference = create(key);
    const subscription = CONFERENCES.of(key).subscribe(bus, (message, from) => {
      return handle(conference, message, from);
    });
    const joining = subscription.ready;
    const entry: Entry = { conference, subscription, joining, missed: undefined };
    this.#entries.set(key, entry);
    void this.#join(entry);
    return conference;
  }

  /**
   * Reads the live state of `conference` and acts on it. Only what is read after the call counts: a
   * read that is under way is followed by another, one for all who ask meanwhile. Never fails.
   */
  refresh(conference: Conference): Promise<void> {
    return this.#reads.ask(conference);
  }

  /** Holds every conference against the store. Never fails. */
  reconcile(): Promise<void> {
    return this.#compare((keys) => this.options.liveState.read(keys));
  }

  [Symbol.dispose](): void {
    for (const each of this.#running) each[Symbol.dispose]();
    for (const entry of this.#entries.values()) end(entry);
    this.#entries.clear();
  }

  async #compare(read: LiveState["readAllHeld"]): Promise<void> {
    const keys = [...new Set([...this.#entries.keys(), ...this.options.keeper.keys()])];
    for (let i = 0; i < keys.length; i += READ_BATCH) {
      const batch = keys.slice(i, i + READ_BATCH);
      try {
        const found = await read(batch);
        batch.forEach((key, j) => this.#apply(key, found[j], FOUND_MS));
      } catch (error) {
        // Asked again soon, for as long as the store is away; its outage is told by the readiness.
        logger.debug("Cannot compare live conferences with the store: {reason}", {
          reason: reasonOf(error),
        });
        return;
      }
    }
  }

  async #join(entry: Entry): Promise<void> {
    const { conference, joining } = entry;
    const { clock } = this.options;
    const began = clock.now();
    try {
      await joining;
      this.distance.measured(clock.now() - began);
    } catch (error) {
      // The driver keeps the topic and reports a gap once it is joined; the store is read then.
      noteUnreachable(`join ${conference.key} on the bus`, error, "warn");
    }
    entry.joining = undefined;
    this.options.joined(conference);
    await this.refresh(conference);
  }

  async #read({ key }: Conference): Promise<void> {
    try {
      this.#apply(key, await this.options.liveState.readHeld(key));
    } catch (error) {
      logger.error("Cannot read whether {conference} is live: {error}", { conference: key, error });
    }
  }

  /**
   * What was read may be older by now than what was heard: the newer version counts. For `waitMs`
   * nobody is asked for a plan.
   */
  #apply(key: string, stored: Known | undefined, waitMs = 0): void {
    const { clock, keeper } = this.options;
    keeper.compare(key, stored);
    const kept = keeper.get(key);
    const entry = this.#entries.get(key);
    if (!entry) return;
    const { conference } = entry;
    const now = clock.now();
    for (const known of [stored, kept]) {
      if (!known || !conference.hear(known, now)) continue;
      if (waitMs > 0) clock.after(waitMs, () => conference.consider());
      else conference.consider();
    }
    const { known } = conference;
    if (known) keeper.restore(key, known, stored);
    if (!stored && conference.live(now) && !known!.sure) this.#miss(entry);
    else forgive(entry);
    conference.confirm(now);
  }

  /** Another isolate may be about to write again what the store has lost. */
  #miss(entry: Entry): void {
    const { clock } = this.options;
    const { conference } = entry;
    if (entry.missed === "again") {
      forgive(entry);
      conference.expire(clock.now());
    } else {
      entry.missed ??= clock.after(MISSED_MS, () => {
        entry.missed = "again";
        void this.refresh(conference);
      });
    }
  }

  #tidy(): void {
    const now = this.options.clock.now();
    for (const [key, entry] of this.#entries) {
      if (!entry.conference.empty(now)) continue;
      this.#entries.delete(key);
      end(entry);
    }
  }
}

function end(entry: Entry): void {
  forgive(entry);
  entry.subscription[Symbol.dispose]();
}

function forgive(entry: Entry): void {
  if (typeof entry.missed === "object") entry.missed[Symbol.dispose]();
  entry.missed = undefined;
}
