import type { Bus, Subscription, TopicHandler } from "../bus/bus.ts";
import type { Clock } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Store } from "../store/store.ts";
import { Conference, type ConferenceObserver } from "./conference.ts";
import type { ConferenceName } from "../access/conference_name.ts";
import { CountUpdates } from "./count_updates.ts";
import { Directory } from "./directory.ts";
import type { ConferenceLive, Subscriber, VisitorsWaiting } from "./events.ts";
import { type Live, LiveState } from "./live_state.ts";
import { ALL_ISOLATES, decodeListing, decodeMessage, encode, topicOf } from "./messages.ts";
import type { Message, Report, Tally } from "./messages.ts";
import { Pacer } from "./pacer.ts";
import type { Place, Watch } from "./place.ts";
import { Planner } from "./planner.ts";
import { Reports } from "./reports.ts";
import { Tallies } from "./tallies.ts";
import type { Conferences, ConferenceView } from "./view.ts";

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

/** How long other isolates have to answer when they are asked for numbers. */
const ANSWER_MS = 500;
/** How long a go-live is held while the store cannot be reached, before its caller gets an error. */
const HOLD_MS = 60_000;
/** The most conferences that one isolate lists. */
const MOST_LISTED = 10_000;

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
  readonly #tallies: Tallies;
  readonly #counts: CountUpdates;
  readonly #reports: Reports;
  /** To the topic of all isolates. */
  readonly #subscription: Subscription;

  private constructor(options: QueueOptions) {
    const { bus, clock, store } = options;
    this.#options = options;
    this.#liveState = new LiveState({ store, clock, ttlMs: options.liveTtlMs, holdMs: HOLD_MS });
    this.#pacer = new Pacer(clock);
    this.#tallies = new Tallies(bus, clock, ANSWER_MS);
    this.#counts = new CountUpdates(this.#tallies, clock, options.stateIntervalMs);
    this.#reports = new Reports(bus, clock);
    const intervalMs = options.releaseRate > 0 ? 1_000 / options.releaseRate : 0;
    const pace = { intervalMs, randomDelayMs: options.randomDelayMs };
    this.#directory = new Directory({
      bus,
      clock,
      liveState: this.#liveState,
      create: (key) => new Conference(key, this, pace),
      handler: (conference) => this.#handler(conference),
      joined: (conference) => this.#joined(conference),
    });
    this.#planner = new Planner({ bus, clock, directory: this.#directory, intervalMs });
    this.#subscription = bus.subscribe(ALL_ISOLATES, (payload) => this.#answerAll(payload));
  }

  /** A queue that is joined to its bus, or will be as soon as that can be reached. */
  static async open(options: QueueOptions): Promise<Queue> {
    const queue = new Queue(options);
    await queue.#subscription.ready
      .catch((error) => logger.warn("Cannot reach other isolates yet: {error}", { error }));
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
    this.#counts.add(conference, watch);
    return watch;
  }

  async goLive({ key }: ConferenceName): Promise<{ visitorsWaiting: number }> {
    const { clock, metrics } = this.#options;
    const began = clock.now();
    try {
      const live = await this.#liveState.mark(key);
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
    const conference = this.#directory.get(key);
    if (conference) this.#end(conference);
    await bus.ask(topicOf(key), encode({ type: "end" }), ANSWER_MS).catch((error) => {
      logger.warn("Cannot tell other isolates that {key} is not live: {error}", { key, error });
    });
    this.#options.metrics.endedLive();
    logger.info("{conference} is not live any more", { conference: key });
  }

  async describe({ key }: ConferenceName): Promise<ConferenceView> {
    const live = await this.#liveState.readHeld(key);
    return view(key, live, await this.#tallies.count(key, this.#directory.get(key)));
  }

  async list(): Promise<ConferenceView[]> {
    const { bus } = this.#options;
    const tallies = new Map<string, Tally>();
    for (const key of await this.#liveState.keys(MOST_LISTED)) add(tallies, key, 0, 0);
    for (const entry of this.#listing()) add(tallies, ...entry);
    const { answers } = await bus.ask(ALL_ISOLATES, encode({ type: "list" }), ANSWER_MS)
      .catch(() => ({ answers: new Map<string, string>() }));
    for (const answer of answers.values()) {
      for (const entry of decodeListing(answer) ?? []) add(tallies, ...entry);
    }
    const keys = [...tallies.keys()].sort();
    const lives = await this.#liveState.readAllHeld(keys);
    return keys.map((key, i) => view(key, lives[i], tallies.get(key)!));
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
    this.#reports[Symbol.dispose]();
    this.#counts[Symbol.dispose]();
    this.#pacer[Symbol.dispose]();
    this.#directory[Symbol.dispose]();
    this.#liveState[Symbol.dispose]();
    this.#subscription[Symbol.dispose]();
    return Promise.resolve();
  }

  /** Visitors of all isolates, as far as this one has heard. */
  #visitors(conference: Conference): number {
    return conference.waiting + this.#tallies.visitorsElsewhere(conference);
  }

  /** With a bound on visitors every isolate has to know how many the others have. */
  #changed(conference: Conference): void {
    if (this.#options.maxVisitorsPerConference !== undefined) this.#reports.changed(conference);
  }

  #joined(conference: Conference): void {
    if (this.#options.maxVisitorsPerConference === undefined) return;
    void this.#tallies.count(conference.key, conference);
  }

  #handler(conference: Conference): TopicHandler {
    return (payload, from) => {
      const message = decodeMessage(payload);
      const answer = message && this.#handle(conference, message, from);
      return answer && encode(answer);
    };
  }

  #handle(conference: Conference, message: Message, from: string): Report | undefined {
    const now = this.#options.clock.now();
    switch (message.type) {
      case "live":
        conference.hear({ since: message.since, until: now + message.ttlMs });
        return this.#planner.report(conference);
      case "line":
        return this.#line(conference, now - message.oldestMs);
      case "plan":
        this.#planner.follow(conference, {
          ...message,
          ages: new Map(Object.entries(message.ages)),
        });
        return undefined;
      case "end":
        this.#end(conference);
        return tally(conference);
      case "tally":
        this.#tallies.hear(conference, from, message);
        return undefined;
      case "count":
        return tally(conference);
      case "list":
        return undefined;
    }
  }

  /** Somebody believes that it is live. Where that is news, the store has the last word. */
  #line(conference: Conference, oldest: number): Report {
    if (conference.live(this.#options.clock.now())) {
      return this.#planner.report(conference, oldest);
    }
    void this.#directory.refresh(conference);
    return tally(conference);
  }

  /** Believes it at once, and asks the store in case a go-live came right after. */
  #end(conference: Conference): void {
    conference.end(this.#options.clock.now());
    void this.#directory.refresh(conference);
  }

  #answerAll(payload: string): string | undefined {
    return decodeMessage(payload)?.type === "list" ? encode(this.#listing()) : undefined;
  }

  #listing(): [string, number, number][] {
    const listing: [string, number, number][] = [];
    for (const { key, waiting, watches } of this.#directory.values()) {
      if (waiting + watches.size > 0) listing.push([key, waiting, watches.size]);
      if (listing.length === MOST_LISTED) break;
    }
    return listing;
  }
}

function tally({ waiting, watches }: Conference): Tally {
  return { visitors: waiting, moderators: watches.size };
}

function add(tallies: Map<string, Tally>, key: string, visitors: number, moderators: number): void {
  const known = tallies.get(key) ?? { visitors: 0, moderators: 0 };
  tallies.set(key, {
    visitors: known.visitors + visitors,
    moderators: known.moderators + moderators,
  });
}

function view(key: string, live: Live | undefined, tally: Tally): ConferenceView {
  return {
    conference: key,
    status: live ? "live" : "waiting",
    visitorsWaiting: tally.visitors,
    moderators: tally.moderators,
    ...(live && { liveSince: live.since }),
  };
}
