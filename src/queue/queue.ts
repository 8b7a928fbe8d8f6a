import type { Bus, Subscription } from "../bus/bus.ts";
import type { Clock } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Store } from "../store/store.ts";
import type { ConferenceName } from "../access/conference_name.ts";
import { Announcer } from "./announcer.ts";
import { Bound } from "./bound.ts";
import { Commands } from "./commands.ts";
import { Conference, type ConferenceObserver } from "./conference.ts";
import { type Count, Counts } from "./counts.ts";
import { Directory } from "./directory.ts";
import type { ConferenceLive, Subscriber, VisitorsWaiting } from "./events.ts";
import { Hearing } from "./hearing.ts";
import { Keeper } from "./keeper.ts";
import type { Known } from "./live_record.ts";
import { LiveState } from "./live_state.ts";
import { ISOLATES, type Listing } from "./messages.ts";
import { Newcomers } from "./newcomers.ts";
import { Pacer } from "./pacer.ts";
import type { QueueObserver } from "./observer.ts";
import type { Place, Visitor, Watch } from "./place.ts";
import { Planner } from "./planner.ts";
import { Retelling } from "./retelling.ts";
import { NO_ANSWERS, noteUnreachable } from "./unreachable.ts";
import type { Conferences, ConferenceView, EndOptions, WentLive } from "./view.ts";
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
  /** At least 0, less than 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
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
  readonly #keeper: Keeper;
  readonly #retelling: Retelling;
  readonly #directory: Directory;
  readonly #planner: Planner;
  readonly #commands: Commands;
  readonly #hearing: Hearing;
  readonly #pacer: Pacer;
  readonly #counts: Counts;
  readonly #watches: Watches;
  readonly #announcer: Announcer;
  readonly #bound: Bound;
  #observer: QueueObserver | undefined;
  /** To the topic of all isolates. */
  readonly #subscription: Subscription;

  private constructor(options: QueueOptions) {
    const { bus, clock, store, random = Math.random } = options;
    this.#options = options;
    const ttlMs = options.liveTtlMs;
    const liveState = new LiveState({ store, clock, ttlMs, holdMs: HOLD_MS, by: bus.id, random });
    this.#liveState = liveState;
    const retelling = this.#retelling = new Retelling(bus, clock);
    const restored = (key: string, known: Known) => retelling.add(key, known);
    const keeper = this.#keeper = new Keeper({ clock, liveState, restored, random });
    this.#pacer = new Pacer(clock);
    const most = options.maxVisitorsPerConference;
    const newcomers = new Newcomers(clock);
    const local = (key: string) => this.#directory.get(key);
    this.#counts = new Counts({ bus, clock, local, ...(most !== undefined && { newcomers }) });
    this.#watches = new Watches(this.#counts, clock, options.stateIntervalMs);
    const announcer = this.#announcer = new Announcer(bus, clock, this.#counts);
    const bound = this.#bound = new Bound({
      ...{ newcomers, counts: this.#counts, announcer, most },
      own: bus.id,
    });
    const intervalMs = options.releaseRate > 0 ? 1_000 / options.releaseRate : 0;
    const pace = { intervalMs, randomDelayMs: options.randomDelayMs };
    this.#directory = new Directory({
      bus,
      clock,
      liveState,
      keeper,
      create: (key) => new Conference(key, this, pace),
      handle: (conference, message, from) => this.#hearing.handle(conference, message, from),
      joined: (conference) => void bound.joined(conference),
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
    const planner = this.#planner;
    this.#hearing = new Hearing({ clock, counts, directory, planner, bound, ttlMs });
    this.#commands = new Commands({
      ...{ bus, clock, liveState, keeper, retelling, directory, planner },
      stored: (key, state, cause) => this.#observer?.turned(key, state, cause),
    });
    this.#subscription = ISOLATES.subscribe(bus, (message) => {
      if (message.type === "list") return this.#listing();
      return void keeper.forget(message.key, message.version);
    });
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
   * @throws {QueueFullError} the conference has as many visitors as it may, as far as is known here;
   *   where it turns out within a moment, the subscriber is told so.
   */
  wait(
    name: ConferenceName,
    subscriber: Subscriber<ConferenceLive>,
    visitor?: Visitor,
  ): Place {
    const { clock, maxVisitorsPerConference: most } = this.#options;
    const known = this.#directory.get(name.key);
    if (known && this.#bound.full(known)) {
      throw new QueueFullError(`Cannot let more than ${most} visitors wait for ${name.key}`);
    }
    const conference = this.#directory.open(name.key);
    const place = conference.arrive(subscriber, clock.now(), visitor);
    this.#bound.came(conference, place);
    return place;
  }

  /** Watches the count of `name`. The subscriber is told at once and then of changes. */
  watch(name: ConferenceName, subscriber: Subscriber<VisitorsWaiting>): Watch {
    const conference = this.#directory.open(name.key);
    const watch = conference.watch(subscriber);
    this.#watches.add(conference, watch, this.#directory.joining(name.key));
    return watch;
  }

  async goLive({ key }: ConferenceName): Promise<WentLive> {
    const { clock, metrics } = this.#options;
    const began = clock.now();
    try {
      const { visitors: visitorsWaiting, version } = await this.#commands.goLive(key);
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

  /**
   * Makes a live state last longer, if it is still the one of `version`; gives its version then.
   *
   * @throws {QueueUnavailableError} it cannot be stored.
   */
  prolong({ key }: ConferenceName, version: number): Promise<number | undefined> {
    return this.#commands.prolong(key, version);
  }

  async endLive({ key }: ConferenceName, options: EndOptions = {}): Promise<boolean> {
    if (!await this.#commands.end(key, options)) return false;
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

  /** The live state of each of `keys`, in their order; undefined for one that is not live. @throws {StoreError} */
  async live(keys: readonly string[]): Promise<(Known | undefined)[]> {
    const known = await this.#liveState.read(keys);
    return known.map((each) => each?.state === "live" ? each : undefined);
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
    this.#bound.changed(conference);
    this.#observer?.arrived(conference.key, place);
  }

  departed(conference: Conference, place: Place): void {
    this.#options.metrics.visitorLeft();
    this.#bound.changed(conference);
    this.#observer?.left(conference.key, place);
  }

  told(conference: Conference, place: Place, now: number): void {
    this.#options.metrics.visitorLeft();
    this.#options.metrics.visitorTold((now - place.arrivedAt) / 1_000);
    this.#bound.changed(conference);
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
    this.#retelling[Symbol.dispose]();
    this.#keeper[Symbol.dispose]();
    this.#liveState[Symbol.dispose]();
    this.#subscription[Symbol.dispose]();
    return Promise.resolve();
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
