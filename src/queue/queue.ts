import type { Bus, Subscription } from "../bus/bus.ts";
import type { Clock } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Store } from "../store/store.ts";
import type { ConferenceName } from "../access/conference_name.ts";
import { Announcer } from "./announcer.ts";
import { Conference, type ConferenceObserver } from "./conference.ts";
import { type Count, Counts } from "./counts.ts";
import { Directory } from "./directory.ts";
import type { ConferenceLive, Subscriber, VisitorsWaiting } from "./events.ts";
import { type Live, LiveState } from "./live_state.ts";
import { CONFERENCES, ISOLATES, type Listing, type Message, type Report } from "./messages.ts";
import { Pacer } from "./pacer.ts";
import type { QueueObserver } from "./observer.ts";
import type { Place, Visitor, Watch } from "./place.ts";
import { Planner } from "./planner.ts";
import { NO_ANSWERS, noteUnreachable } from "./unreachable.ts";
import type { Conferences, ConferenceView } from "./view.ts";
import { Watches } from "./watches.ts";

/** What a queue stands on, and the rules of its release. */
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
}

/** How long other isolates have to answer. */
const ANSWER_MS = 500;
/** How long a go-live is held while the store cannot be reached, before its caller gets an error. */
const HOLD_MS = 60_000;
/** The most conferences that one isolate lists. */
const MAX_LISTED = 10_000;

const logger = getLogger("queue");

/** The conference has as many waiting visitors as it may. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError";
}

/** The waiting queue of one isolate; together with the others on its bus it is one queue. */
export class Queue implements Conferences, ConferenceObserver, AsyncDisposable {
  readonly #options: QueueOptions;
  readonly #liveState: LiveState;
  readonly #directory: Directory;
  readonly #planner: Planner;
  readonly #pacer: Pacer;
  readonly #counts: Counts;
  readonly #watches: Watches;
  readonly #announcer: Announcer;
  #observer: QueueObserver | undefined;
  /** To the topic of all isolates. */
  readonly #subscription: Subscription;

  private constructor(options: QueueOptions) {
    const { bus, clock, store } = options;
    this.#options = options;
    this.#liveState = new LiveState({ store, clock, ttlMs: options.liveTtlMs, holdMs: HOLD_MS });
    this.#pacer = new Pacer(clock);
    this.#counts = new Counts({ bus, clock, local: (key) => this.#directory.get(key) });
    this.#watches = new Watches(this.#counts, clock, options.stateIntervalMs);
    this.#announcer = new Announcer(bus, clock, this.#counts);
    const intervalMs = options.releaseRate > 0 ? 1_000 / options.releaseRate : 0;
    const pace = { intervalMs, randomDelayMs: options.randomDelayMs };
    this.#directory = new Directory({
      bus,
      clock,
      liveState: this.#liveState,
      create: (key) => new Conference(key, this, pace),
      handle: (conference, message, from) => this.#handle(conference, message, from),
      joined: (conference) => this.#joined(conference),
    });
    const [directory, counts] = [this.#directory, this.#counts];
    this.#planner = new Planner({ bus, clock, directory, counts, intervalMs });
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
   * @param visitor who waits, for {@linkcode QueueObserver}.
   * @throws {QueueFullError} the conference has as many visitors as it may.
   */
  wait(
    name: ConferenceName,
    subscriber: Subscriber<ConferenceLive>,
    visitor?: Visitor,
  ): Place {
    const { clock, maxVisitorsPerConference: most } = this.#options;
    const known = this.#directory.get(name.key);
    if (most !== undefined && known && this.#visitors(known) >= most) {
      throw new QueueFullError(`Cannot let more than ${most} visitors wait for ${name.key}`);
    }
    return this.#directory.open(name.key).arrive(subscriber, clock.now(), visitor);
  }

  /** Watches the count of `name`. The subscriber is told at once and then of changes. */
  watch(name: ConferenceName, subscriber: Subscriber<VisitorsWaiting>): Watch {
    const conference = this.#directory.open(name.key);
    const watch = conference.watch(subscriber);
    this.#watches.add(conference, watch);
    return watch;
  }

  async goLive({ key }: ConferenceName): Promise<{ visitorsWaiting: number }> {
    const { clock, metrics } = this.#options;
    const began = clock.now();
    try {
      const live = await this.#liveState.mark(key);
      this.#observer?.turned(key, "live");
      const visitorsWaiting = await this.#planner.goLive(key, live);
      metrics.wentLive((clock.now() - began) / 1_000);
      logger.info("{conference} is live; {visitorsWaiting} wait", {
        conference: key,
        visitorsWaiting,
      });
      return { visitorsWaiting };
    } catch (error) {
      metrics.goLiveFailed();
      throw error;
    }
  }

  async endLive({ key }: ConferenceName): Promise<void> {
    const { bus } = this.#options;
    await this.#liveState.clear(key);
    this.#observer?.turned(key, "ended");
    const conference = this.#directory.get(key);
    if (conference) this.#end(conference);
    await CONFERENCES.of(key).ask(bus, { type: "end" }, ANSWER_MS)
      .catch((error) => noteUnreachable(`tell others that ${key} is not live`, error, "warn"));
    this.#options.metrics.endedLive();
    logger.info("{conference} is not live any more", { conference: key });
  }

  async describe({ key }: ConferenceName): Promise<ConferenceView> {
    const live = await this.#liveState.readHeld(key);
    return view(key, live, await this.#counts.count(key));
  }

  async list(): Promise<ConferenceView[]> {
    const { bus } = this.#options;
    const sums = new Map<string, Sum>();
    for (const key of await this.#liveState.keys(MAX_LISTED)) add(sums, key, 0, 0);
    for (const entry of this.#listing()) add(sums, ...entry);
    const { answers } = await ISOLATES.ask(bus, { type: "list" }, ANSWER_MS).catch((error) => {
      noteUnreachable("ask others for their conferences", error, "warn");
      return NO_ANSWERS;
    });
    for (const listing of answers.values()) for (const entry of listing) add(sums, ...entry);
    const keys = [...sums.keys()].sort();
    const lives = await this.#liveState.readAllHeld(keys);
    return keys.map((key, i) => view(key, lives[i], sums.get(key)!));
  }

  /** Whether each of `keys` is live, in their order. @throws {StoreError} */
  live(keys: readonly string[]): Promise<(Live | undefined)[]> {
    return this.#liveState.read(keys);
  }

  /** How many wait for the conference, over all isolates. Never fails. */
  count(key: string): Promise<Count> {
    return this.#counts.count(key);
  }

  /** Tells `observer` from now on what happens here. One at a time. */
  observe(observer: QueueObserver): Disposable {
    this.#observer = observer;
    return { [Symbol.dispose]: () => this.#observer = undefined };
  }

  arrived(conference: Conference, place: Place): void {
    this.#options.metrics.visitorArrived();
    this.#changed(conference);
    this.#observer?.arrived(conference.key, place);
  }

  departed(conference: Conference, place: Place): void {
    this.#options.metrics.visitorLeft();
    this.#changed(conference);
    this.#observer?.left(conference.key, place);
  }

  told(conference: Conference, place: Place, now: number): void {
    this.#options.metrics.visitorLeft();
    this.#options.metrics.visitorTold((now - place.arrivedAt) / 1_000);
    this.#changed(conference);
    this.#observer?.told(conference.key, place);
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

  #handle(conference: Conference, message: Message, from: string): Report | void {
    const now = this.#options.clock.now();
    switch (message.type) {
      case "live": {
        const { since, ttlMs, version } = message;
        conference.hear({ since, until: now + ttlMs, version });
        // Unless an end that is newer has been heard. Of two go-lives the older one is answered too.
        if (conference.live(now)) return this.#planner.report(conference);
        return this.#doubt(conference);
      }
      case "line":
        return this.#line(conference, now - message.oldestMs, message.version);
      case "plan": {
        const ages = new Map(Object.entries(message.ages));
        return this.#planner.follow(conference, { ...message, ages });
      }
      case "end":
        this.#end(conference, message.version);
        return this.#counts.own(conference);
      case "tally":
        return this.#counts.take(conference, from, message);
      case "count":
        return this.#counts.own(conference);
    }
  }

  /** Somebody believes that it is live. Where that is news, the store has the last word. */
  #line(conference: Conference, oldest: number, version: number | undefined): Report {
    if (!conference.live(this.#options.clock.now())) return this.#doubt(conference);
    if (version !== undefined && version !== conference.version) {
      void this.#directory.refresh(conference);
    }
    return this.#planner.report(conference, oldest);
  }

  /** The store decides; nobody here takes part in a release before. */
  #doubt(conference: Conference): Report {
    void this.#directory.refresh(conference);
    return { ...this.#counts.own(conference), version: conference.version };
  }

  /** Believes it at once, unless it knows better, and asks the store in case a go-live came right after. */
  #end(conference: Conference, version?: number): void {
    conference.end(this.#options.clock.now(), version);
    void this.#directory.refresh(conference);
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

function view(key: string, live: Live | undefined, sum: Sum): ConferenceView {
  return {
    conference: key,
    status: live ? "live" : "waiting",
    visitorsWaiting: sum.visitors,
    moderators: sum.moderators,
    ...(live && { liveSince: live.since }),
  };
}
