import type { Bus, Subscription } from "../bus/bus.ts";
import type { Clock } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { Conference } from "./conference.ts";
import { Fresh } from "../base/fresh.ts";
import { type Live, type LiveState, READ_BATCH } from "./live_state.ts";
import { CONFERENCES, type Message, type Report } from "./messages.ts";
import { noteUnreachable } from "./unreachable.ts";

/** How often what this isolate believes is held against the store: lost messages are found again. */
const RECONCILE_MS = 15_000;
/** How often conferences that nobody has a part in are let go. */
const TIDY_MS = 2_000;

const logger = getLogger("queue");

/** What a conference needs to come to life here. */
export interface DirectoryOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly liveState: LiveState;
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
}

/**
 * The conferences that somebody in this isolate waits for or watches, each joined to its topic on the
 * bus and in step with the store.
 */
export class Directory implements Disposable {
  readonly #entries = new Map<string, Entry>();
  readonly #reads = new Fresh((conference: Conference) => this.#read(conference));
  readonly #running: Disposable[];

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
    this.#entries.set(key, { conference, subscription });
    void this.#join(conference, subscription);
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
    for (const { subscription } of this.#entries.values()) subscription[Symbol.dispose]();
    this.#entries.clear();
  }

  async #compare(read: LiveState["readAllHeld"]): Promise<void> {
    const conferences = [...this.values()];
    for (let i = 0; i < conferences.length; i += READ_BATCH) {
      const batch = conferences.slice(i, i + READ_BATCH);
      const news = batch.map((conference) => conference.news);
      try {
        const lives = await read(batch.map(({ key }) => key));
        batch.forEach((each, j) => each.news === news[j] && this.#apply(each, lives[j]));
      } catch (error) {
        logger.warn("Cannot compare live conferences with the store: {error}", { error });
        return;
      }
    }
  }

  async #join(conference: Conference, { ready }: Subscription): Promise<void> {
    try {
      await ready;
    } catch (error) {
      // The driver keeps the topic and reports a gap once it is joined; the store is read then.
      noteUnreachable(`join ${conference.key} on the bus`, error, "warn");
    }
    this.options.joined(conference);
    await this.refresh(conference);
  }

  async #read(conference: Conference): Promise<void> {
    const { key } = conference;
    try {
      let news: number;
      let live: Live | undefined;
      do {
        news = conference.news;
        live = await this.options.liveState.readHeld(key);
      } while (news !== conference.news);
      this.#apply(conference, live);
    } catch (error) {
      logger.error("Cannot read whether {conference} is live: {error}", { conference: key, error });
    }
  }

  #apply(conference: Conference, live: Live | undefined): void {
    if (live) conference.discover(live);
    else conference.missing(this.options.clock.now());
  }

  #tidy(): void {
    const now = this.options.clock.now();
    for (const [key, { conference, subscription }] of this.#entries) {
      if (!conference.empty(now)) continue;
      this.#entries.delete(key);
      subscription[Symbol.dispose]();
    }
  }
}
