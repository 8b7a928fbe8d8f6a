import { getLogger } from "../log/log.ts";
import type { ConferenceLive, Subscriber, VisitorsWaiting } from "./events.ts";
import type { Live } from "./live_state.ts";
import { Place, type PlaceOwner, Watch, type WatchOwner } from "./place.ts";
import { AGE_BUCKET_MS, type Ages, agesOf, type Plan, ranksOf, visitorsIn } from "./plan.ts";
import { Release } from "./release.ts";

/** A report is good for this long; a plan that comes later is late for it. */
const REPORT_MS = 500;
/** After this long without a plan whoever asked for reports has died. */
const PLAN_WAIT_MS = 2_000;
/** How long before its moments run out a release asks who else is to have one. */
const PLAN_AHEAD_MS = 1_000;

const logger = getLogger("queue");

/** What a conference tells the queue of this isolate, synchronously. */
export interface ConferenceObserver {
  arrived(conference: Conference): void;
  departed(conference: Conference): void;
  /** @param now the time, as the conference was given it. */
  told(conference: Conference, place: Place, now: number): void;
  watched(conference: Conference, watching: boolean): void;
  /** Somebody waits here without a moment, and it is live: {@linkcode Conference.planDue}. */
  unplanned(conference: Conference): void;
  /** There is somebody to tell: {@linkcode Conference.run} has work. */
  releasing(conference: Conference): void;
}

/** Visitors that were reported for a plan, which is to decide their moment. */
interface Reported {
  readonly places: readonly Place[];
  readonly ages: Ages;
  readonly at: number;
}

/**
 * One conference as this isolate sees it: its own visitors and moderators, and what it has heard of
 * the live state. Everything here is synchronous; buses, stores and timers are the queue's matter.
 */
export class Conference implements PlaceOwner, WatchOwner {
  /** Who waits here and has no part in a plan, in the order in which they came. */
  #line = new Set<Place>();
  #reported: Reported | undefined;
  /** How many wait here who were reported or have a moment. */
  #planned = 0;
  readonly watches = new Set<Watch>();
  readonly release: Release;
  #live: Live | undefined;
  /** Grows each time others say that it is live or not: an answer read before that is out of date. */
  heard = 0;
  /** Until when the plan that somebody asked reports for is waited for. */
  #planExpected = -Infinity;
  /** When the isolates were asked for the last plan. */
  #plannedAt = -Infinity;
  /** Until when nobody shall ask for another. */
  #restUntil = -Infinity;
  /** How long that is; it grows with the number of isolates. */
  restMs = 0;
  /** When {@linkcode run} was called. */
  #now = 0;
  /** One event object a release: a front door may keep what it makes of it. */
  #event: ConferenceLive | undefined;

  constructor(
    readonly key: string,
    readonly observer: ConferenceObserver,
    readonly options: { readonly intervalMs: number; readonly randomDelayMs: number },
  ) {
    this.release = new Release(options.intervalMs);
  }

  /** Visitors that wait in this isolate. */
  get waiting(): number {
    return this.#line.size + this.#planned;
  }

  /** Nothing here to remember at `now`. */
  empty(now: number): boolean {
    return this.waiting === 0 && this.watches.size === 0 && this.release.idle(now);
  }

  /** The live state, as long as it may be believed. */
  live(now: number): Live | undefined {
    return this.#live && now < this.#live.until ? this.#live : undefined;
  }

  /** True when the live state has run out here and must be read again before anyone is told. */
  stale(now: number): boolean {
    return this.#live !== undefined && now >= this.#live.until;
  }

  /** A visitor comes to the end of the line. */
  arrive(subscriber: Subscriber<ConferenceLive>, now: number): Place {
    const place = new Place(this, subscriber, now);
    this.#line.add(place);
    this.observer.arrived(this);
    if (this.live(now)) this.observer.unplanned(this);
    return place;
  }

  watch(subscriber: Subscriber<VisitorsWaiting>): Watch {
    const watch = new Watch(this, subscriber);
    this.watches.add(watch);
    this.observer.watched(this, true);
    return watch;
  }

  left(place: Place): void {
    if (!this.#line.delete(place)) this.#planned--;
    this.observer.departed(this);
  }

  unwatched(watch: Watch): void {
    this.watches.delete(watch);
    this.observer.watched(this, false);
  }

  /** Hears of a go-live. A plan is to follow. */
  hear(live: Live): void {
    this.heard++;
    this.#live = live;
  }

  /** Hears otherwise that it is live (the store says so): no plan is to follow by itself. */
  discover(live: Live): void {
    this.#live = live;
    if (this.#oldest !== undefined) this.observer.unplanned(this);
  }

  /** Hears that it is not live, or no more: whoever has not been told waits on. */
  end(now: number): void {
    this.heard++;
    this.#live = this.#event = undefined;
    this.#planExpected = this.#plannedAt = -Infinity;
    this.#takeBack(now);
  }

  /**
   * Hears that the store has no live state. When that has run out by itself, whoever has a moment
   * keeps it; otherwise it was taken back, and this isolate has missed the word of it.
   */
  missing(now: number): void {
    if (this.stale(now)) this.#live = undefined;
    else if (this.#live) this.end(now);
  }

  /**
   * When the next plan should be asked for, which may be at once; undefined when nobody here needs
   * one. Who came after the last plan is in no hurry while its moments last, so that one plan serves
   * many; but the live state must not run out on them.
   */
  planDue(now: number): number | undefined {
    const oldest = this.#oldest;
    const live = this.live(now);
    if (oldest === undefined || !live) return undefined;
    if (this.#planExpected > now) return this.#planExpected;
    if (this.#overtaken(oldest, now)) return this.#restUntil;
    return Math.max(Math.min(this.release.freeAt, live.until) - PLAN_AHEAD_MS, this.#restUntil);
  }

  /** How long the first one without a moment has waited. */
  oldestMs(now: number): number {
    return Math.max(0, now - (this.#oldest ?? now));
  }

  /**
   * Reports the visitors that the next plan shall order; asked again before the plan has come, the
   * same ones. Somebody elsewhere has waited without a moment since `oldest`: when a plan has passed
   * over that one, all moments are taken back and everybody is ordered anew.
   */
  report(now: number, oldest = Infinity): Ages {
    if (this.#overtaken(oldest, now)) this.#takeBack(now);
    else if (this.#reported && now - this.#reported.at > REPORT_MS) this.#unreport();
    this.#planExpected = now + PLAN_WAIT_MS;
    if (!this.#reported && this.#line.size > 0) {
      const places = [...this.#line];
      this.#line.clear();
      this.#planned += places.length;
      this.#reported = { places, ages: agesOf(arrivals(places), now), at: now };
    }
    return this.#reported?.ages ?? [];
  }

  /** Takes in a plan: the moments of those who were reported, and how many the others take. */
  plan(own: string, plan: Plan, now: number): void {
    const reported = this.#reported;
    if (!reported && !this.#live) return;
    this.#planExpected = -Infinity;
    this.#plannedAt = now - plan.agoMs;
    this.restMs = plan.restMs;
    this.#restUntil = now + plan.restMs;
    let start = now + plan.startMs;
    if (reported && plan.ages.has(own)) {
      start = Math.max(start, this.release.freeAt);
      this.#reported = undefined;
      // What was reported here decides, should the plan know an earlier report.
      const ranks = ranksOf(own, new Map(plan.ages).set(own, reported.ages));
      this.release.schedule(reported.places, start, ranks);
      this.observer.releasing(this);
    } else {
      this.#unreport();
    }
    let total = 0;
    for (const ages of plan.ages.values()) total += visitorsIn(ages);
    // Of two isolates that asked at the same time both publish: the same moments, taken once.
    this.release.book(start, total);
  }

  /** Gives everybody who waits here a moment, whoever waits elsewhere. */
  planAlone(now: number): void {
    this.#unreport();
    const places = [...this.#line];
    this.#line.clear();
    this.#planned += places.length;
    this.#planExpected = -Infinity;
    this.#plannedAt = this.#restUntil = now;
    const start = Math.max(now, this.release.freeAt);
    this.release.schedule(places, start);
    this.release.book(start, places.length);
    this.observer.releasing(this);
  }

  /** Tells at most `most` of the visitors that are due; true when more are due. */
  run(now: number, most: number): boolean {
    this.#now = now;
    return this.release.run(now, most, this.#tell);
  }

  readonly #tell = (place: Place): void => {
    place.state = "told";
    this.#planned--;
    this.observer.told(this, place, this.#now);
    this.#event ??= Object.freeze({
      type: "conference-live",
      audience: "visitors",
      conference: this.key,
      randomDelayMs: this.options.randomDelayMs,
    });
    try {
      place.subscriber.notify(this.#event);
    } catch (error) {
      logger.error("Cannot tell a visitor of {conference}: {error}", {
        conference: this.key,
        error,
      });
    }
  };

  /** When the first one came who has no moment. */
  get #oldest(): number | undefined {
    const [first] = this.#reported?.places ?? this.#line;
    return first?.arrivedAt;
  }

  /** True when others who came later than `oldest` have moments that are still to come. */
  #overtaken(oldest: number, now: number): boolean {
    return oldest + AGE_BUCKET_MS < this.#plannedAt && this.release.freeAt > now;
  }

  /** Whoever has not been told waits as if there had been no plan. */
  #takeBack(now: number): void {
    const untold = [...this.release.cancel(now), ...this.#reported?.places ?? []];
    this.#reported = undefined;
    this.#rejoin(untold);
  }

  #unreport(): void {
    const places = this.#reported?.places ?? [];
    this.#reported = undefined;
    this.#rejoin(places);
  }

  /** They came before everybody who is in the line now. */
  #rejoin(places: readonly Place[]): void {
    if (places.length === 0) return;
    const waiting = places.filter((place) => place.state === "waiting");
    this.#line = new Set([...waiting, ...this.#line]);
    this.#planned -= waiting.length;
  }
}

function* arrivals(places: readonly Place[]): Generator<number> {
  for (const place of places) yield place.arrivedAt;
}
