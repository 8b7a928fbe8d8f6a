import type { Bus, Subscription } from "../bus/bus.ts";
import type { Clock } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Store } from "../store/store.ts";
import type { ConferenceName } from "../access/conference_name.ts";
import { Announcer } from "./announcer.ts";
import { Conference, type ConferenceObserver } from "./conference.ts";
import { Counts } from "./counts.ts";
import { Directory } from "./directory.ts";
import type { ConferenceLive, Subscriber, VisitorsWaiting } from "./events.ts";
import { Keeper } from "./keeper.ts";
import type { Known } from "./live_record.ts";
import { LiveState } from "./live_state.ts";
import { CONFERENCES, ISOLATES, type Listing, type Message, type Report } from "./messages.ts";
import { Pacer } from "./pacer.ts";
import type { Place, Watch } from "./place.ts";
import { Planner } from "./planner.ts";
import { Retelling } from "./retelling.ts";
import { NO_ANSWERS, noteUnreachable } from "./unreachable.ts";
import type { Conferences, ConferenceView, EndOptions, WentLive } from "./view.ts";
import { Watches } from "./watches.ts";

export interface QueueOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Visitors a second and conference; 0 releases all at once. */
  readonly releaseRate: number;
  /** Sent to visitors, who wait a random part of it before they join. */
  readonly randomDelayMs: number;
  /** How long a conference stays live after its last go-live. */
  readonly liveTtlMs: number;
  /** The least time between two counts for one moderator. */
  readonly stateIntervalMs: number;
  /** The most visitors that may wait for one conference, over all isolates; undefined: no bound. */
  readonly maxVisitorsPerConference?: number | undefined;
  /** At least 0, less than 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** How long other isolates have to answer. */
const ANSWER_MS = 500;
/** How long a go-live is held while the store cannot be reached, before its caller gets an error. */
const HOLD_MS = 60_000;
/** The most conferences that one isolate lists. */
const MAX_LISTED = 10_000;
/** A word of a go-live that was longer under way is held against the store before anyone is told. */
const FRESH_MS = 1_000;
/** How often a command is done anew because somebody had heard of a newer one that the store has lost. */
const MOST_ROUNDS = 3;

const logger = getLogger("queue");

/** The conference has as many waiting visitors as it may. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError";
}

/** The waiting queue of one isolate; together with the others on its bus it is one queue. */
export class Queue implements Conferences, ConferenceObserver, AsyncDisposable {
  readonly #options: QueueOptions;
  readonly #liveState: LiveState;
  readonly #keeper: Keeper;
  readonly #retelling: Retelling;
  readonly #directory: Directory;
  readonly #planner: Planner;
  readonly #pacer: Pacer;
  readonly #counts: Counts;
  readonly #watches: Watches;
  readonly #announcer: Announcer;
  /** To the topic of all isolates. */
  readonly #subscription: Subscription;

  private constructor(options: QueueOptions) {
    const { bus, clock, store, random = Math.random } = options;
    this.#options = options;
    const ttlMs = options.liveTtlMs;
    const liveState = new LiveState({ store, clock, ttlMs, holdMs: HOLD_MS, random });
    this.#liveState = liveState;
    const keeper = this.#keeper = new Keeper({ clock, liveState, random });
    const retelling = this.#retelling = new Retelling(bus, clock);
    this.#pacer = new Pacer(clock);
    this.#counts = new Counts({ bus, clock, local: (key) => this.#directory.get(key) });
    this.#watches = new Watches(this.#counts, clock, options.stateIntervalMs);
    this.#announcer = new Announcer(bus, clock, this.#counts);
    const intervalMs = options.releaseRate > 0 ? 1_000 / options.releaseRate : 0;
    const pace = { intervalMs, randomDelayMs: options.randomDelayMs };
    this.#directory = new Directory({
      bus,
      clock,
      liveState,
      keeper,
      create: (key) => new Conference(key, this, pace),
      handle: (conference, message, from) => this.#handle(conference, message, from),
      joined: (conference) => this.#joined(conference),
    });
    const [directory, counts] = [this.#directory, this.#counts];
    this.#planner = new Planner({
      bus,
      clock,
      directory,
      counts,
      retelling,
      intervalMs,
      random,
    });
    this.#subscription = ISOLATES.subscribe(bus, () => this.#listing());
  }

  /** A queue that is joined to its bus, or will be as soon as that can be reached. */
  static async open(options: QueueOptions): Promise<Queue> {
    const queue = new Queue(options);
    await queue.#subscription.ready
      .catch((error) => noteUnreachable("reach other isolates yet", error, "warn"));
    return queue;
  }

  /**
   * Takes a place at the end of the line of `name`. The subscriber is told once, never before this
   * returns: at its turn after a go-live, or soon when the conference is live already.
   *
   * @throws {QueueFullError} the conference has as many visitors as it may.
   */
  wait(name: ConferenceName, subscriber: Subscriber<ConferenceLive>): Place {
    const { clock, maxVisitorsPerConference: most } = this.#options;
    const known = this.#directory.get(name.key);
    if (most !== undefined && known && this.#visitors(known) >= most) {
      throw new QueueFullError(`Cannot let more than ${most} visitors wait for ${name.key}`);
    }
    return this.#directory.open(name.key).arrive(subscriber, clock.now());
  }

  /** Watches the count of `name`. The subscriber is told at once and then of changes. */
  watch(name: ConferenceName, subscriber: Subscriber<VisitorsWaiting>): Watch {
    const conference = this.#directory.open(name.key);
    const watch = conference.watch(subscriber);
    this.#watches.add(conference, watch);
    return watch;
  }

  async goLive({ key }: ConferenceName): Promise<WentLive> {
    const { clock, metrics } = this.#options;
    const began = clock.now();
    try {
      const { visitors: visitorsWaiting, version } = await this.#goLive(key);
      metrics.wentLive((clock.now() - began) / 1_000);
      logger.info("{conference} is live; {visitorsWaiting} wait", {
        conference: key,
        visitorsWaiting,
      });
      return { visitorsWaiting, version };
    } catch (error) {
      metrics.goLiveFailed();
      throw error;
    }
  }

  async endLive({ key }: ConferenceName, { ifVersion }: EndOptions = {}): Promise<boolean> {
    if (!await this.#endLive(key, ifVersion)) return false;
    this.#options.metrics.endedLive();
    logger.info("{conference} is not live any more", { conference: key });
    return true;
  }

  async describe({ key }: ConferenceName): Promise<ConferenceView> {
    const known = await this.#liveState.readHeld(key);
    return view(key, known, await this.#counts.count(key));
  }

  async list(): Promise<ConferenceView[]> {
    const { bus } = this.#options;
    const sums = new Map<string, Sum>();
    // Of those that have ended lately there may be as many.
    for (const key of await this.#liveState.keys(2 * MAX_LISTED)) add(sums, key, 0, 0);
    for (const entry of this.#listing()) add(sums, ...entry);
    const { answers } = await ISOLATES.ask(bus, { type: "list" }, ANSWER_MS).catch((error) => {
      noteUnreachable("ask others for their conferences", error, "warn");
      return NO_ANSWERS;
    });
    for (const listing of answers.values()) for (const entry of listing) add(sums, ...entry);
    const keys = [...sums.keys()].sort();
    const known = await this.#liveState.readAllHeld(keys);
    return keys.map((key, i) => view(key, known[i], sums.get(key)!)).filter((each) => {
      return each.status === "live" || each.visitorsWaiting + each.moderators > 0;
    });
  }

  arrived(conference: Conference): void {
    this.#options.metrics.visitorArrived();
    this.#changed(conference);
  }

  departed(conference: Conference): void {
    this.#options.metrics.visitorLeft();
    this.#changed(conference);
  }

  told(conference: Conference, place: Place, now: number): void {
    this.#options.metrics.visitorLeft();
    this.#options.metrics.visitorTold((now - place.arrivedAt) / 1_000);
    this.#changed(conference);
  }

  watched(_conference: Conference, watching: boolean): void {
    if (watching) this.#options.metrics.moderatorArrived();
    else this.#options.metrics.moderatorLeft();
  }

  unplanned(conference: Conference): void {
    this.#planner.consider(conference);
  }

  releasing(conference: Conference): void {
    this.#pacer.add(conference);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#planner[Symbol.dispose]();
    this.#announcer[Symbol.dispose]();
    this.#watches[Symbol.dispose]();
    this.#pacer[Symbol.dispose]();
    this.#directory[Symbol.dispose]();
    this.#retelling[Symbol.dispose]();
    this.#keeper[Symbol.dispose]();
    this.#liveState[Symbol.dispose]();
    this.#subscription[Symbol.dispose]();
    return Promise.resolve();
  }

  /** Visitors of all isolates, as far as this one has heard. */
  #visitors(conference: Conference): number {
    return conference.waiting + this.#counts.visitorsElsewhere(conference);
  }

  /** With a bound on visitors every isolate has to know how many the others have. */
  #changed(conference: Conference): void {
    if (this.#options.maxVisitorsPerConference !== undefined) this.#announcer.changed(conference);
  }

  #joined(conference: Conference): void {
    if (this.#options.maxVisitorsPerConference === undefined) return;
    void this.#counts.count(conference.key);
  }

  /** Stores it, and tells everybody. */
  async #goLive(key: string): Promise<{ readonly visitors: number; readonly version: number }> {
    let after = this.#directory.get(key)?.version;
    for (let round = 1;; round++) {
      const live = await this.#liveState.mark(key, { after });
      this.#keeper.keep(key, live);
      const { visitors, newest } = await this.#planner.goLive(key, live);
      const { version } = live;
      if (newest <= version || round === MOST_ROUNDS) return { visitors, version };
      if (await this.#isOvertaken(key, newest)) return { visitors, version };
      after = newest;
    }
  }

  /** False when another version stood there, and nothing was done. */
  async #endLive(key: string, ifVersion: number | undefined): Promise<boolean> {
    let after = this.#directory.get(key)?.version;
    for (let round = 1;; round++) {
      const ended = await this.#liveState.clear(key, { after, ifVersion });
      if (!ended) return false;
      this.#keeper.keep(key, ended);
      this.#directory.get(key)?.hear(ended, this.#options.clock.now());
      const newest = await this.#tellEnd(key, ended);
      if (newest <= ended.version || round === MOST_ROUNDS || ifVersion !== undefined) return true;
      if (await this.#isOvertaken(key, newest)) return true;
      after = newest;
    }
  }

  /** Gives the newest version that somebody has heard of. */
  async #tellEnd(key: string, ended: Known): Promise<number> {
    const { version } = ended;
    const { answers, complete } = await CONFERENCES.of(key)
      .ask(this.#options.bus, { type: "end", version }, ANSWER_MS)
      .catch((error) => {
        noteUnreachable(`tell others that ${key} is not live`, error, "warn");
        return NO_ANSWERS;
      });
    if (!complete) this.#retelling.add(key, ended);
    return answers.values().reduce((newest, report) => Math.max(newest, report.version ?? 0), 0);
  }

  /**
   * Somebody has heard of a newer version: where the store has it too another command came later,
   * otherwise the store had lost it.
   */
  async #isOvertaken(key: string, newest: number): Promise<boolean> {
    const stored = await this.#liveState.readHeld(key);
    return stored !== undefined && stored.version >= newest;
  }

  #handle(conference: Conference, message: Message, from: string): Report | void {
    const now = this.#options.clock.now();
    conference.heardAt = now;
    switch (message.type) {
      case "live":
        return this.#heardLive(conference, message, from);
      case "line":
        return this.#heardLine(conference, message, from);
      case "plan": {
        const ages = new Map(Object.entries(message.ages));
        const numbers = message.numbers && numbersOf(ages.keys(), message.numbers);
        return this.#planner.follow(conference, { ...message, ages, numbers, from });
      }
      case "end":
        conference.hear(this.#ended(conference, message.version), now);
        return this.#own(conference);
      case "look":
        return this.#heardLook(conference, message);
      case "tally":
        return this.#counts.take(conference, from, message);
      case "count":
        return this.#own(conference);
    }
  }

  #heardLive(
    conference: Conference,
    { since, ttlMs, version, at }: Message & { type: "live" },
    from: string,
  ): Report {
    const { clock } = this.#options;
    const now = clock.now();
    const known: Known = {
      version: version ?? (conference.version ?? 0) + 1,
      state: "live",
      since,
      until: now + ttlMs,
      sure: true,
    };
    // An end may have overtaken one that was long under way.
    const old = at === undefined ? false : Math.abs(clock.wall() - at) > FRESH_MS;
    conference.hear(known, now, old);
    if (conference.doubtful) void this.#directory.refresh(conference);
    // Unless an end that is newer has been heard. Of two go-lives the older one is answered too.
    if (conference.live(now)) return this.#planner.report(conference, { from });
    return this.#doubt(conference);
  }

  /** Somebody believes that it is live. Where that is news, the store has the last word. */
  #heardLine(
    conference: Conference,
    { oldestMs, version, anew }: Message & { type: "line" },
    from: string,
  ): Report {
    if (!conference.released) return this.#doubt(conference);
    if (version !== undefined && version !== conference.version) {
      void this.#directory.refresh(conference);
    }
    const oldest = this.#options.clock.now() - oldestMs;
    return this.#planner.report(conference, { from, oldest, anew });
  }

  /** Something that this isolate should have heard before: the store is asked first. */
  #heardLook(
    conference: Conference,
    { version, state, since, restMs }: Message & { type: "look" },
  ): Report {
    const now = this.#options.clock.now();
    if (version > (conference.version ?? -Infinity)) {
      conference.hear({ version, state, since, until: now + restMs, sure: true }, now, true);
      void this.#directory.refresh(conference);
    }
    return this.#own(conference);
  }

  #ended(conference: Conference, version: number | undefined): Known {
    const { clock, liveTtlMs } = this.#options;
    return {
      version: version ?? (conference.version ?? 0) + 1,
      state: "ended",
      since: clock.wall(),
      until: clock.now() + liveTtlMs,
      sure: true,
    };
  }

  /** The store decides; nobody here takes part in a release before. */
  #doubt(conference: Conference): Report {
    void this.#directory.refresh(conference);
    return this.#own(conference);
  }

  #own(conference: Conference): Report {
    const busyMs = conference.line.release.busyMs(this.#options.clock.now());
    return {
      ...this.#counts.own(conference),
      ...(busyMs > 0 && { busyMs }),
      version: conference.version,
    };
  }

  #listing(): Listing {
    const listing: Listing = [];
    for (const { key, waiting, watches } of this.#directory.values()) {
      if (waiting + watches.size > 0) listing.push([key, waiting, watches.size]);
      if (listing.length === MAX_LISTED) break;
    }
    return listing;
  }
}

/** Of one conference over all isolates. */
interface Sum {
  visitors: number;
  moderators: number;
}

function add(sums: Map<string, Sum>, key: string, visitors: number, moderators: number): void {
  const known = sums.get(key);
  if (known) {
    known.visitors += visitors;
    known.moderators += moderators;
  } else {
    sums.set(key, { visitors, moderators });
  }
}

function numbersOf(ids: Iterable<string>, numbers: readonly number[]): Map<string, number> {
  return new Map([...ids].map((id, i) => [id, numbers[i] ?? -1]));
}

function view(key: string, known: Known | undefined, sum: Sum): ConferenceView {
  const live = known?.state === "live" ? known : undefined;
  return {
    conference: key,
    status: live ? "live" : "waiting",
    visitorsWaiting: sum.visitors,
    moderators: sum.moderators,
    ...(live && { liveSince: live.since }),
  };
}
