import { getLogger } from "../log.ts";
import type { ConferenceLive, Subscriber, VisitorsWaiting } from "./events.ts";
import type { Live } from "./live_state.ts";
import { Place, type PlaceOwner, Watch, type WatchOwner } from "./place.ts";
import { type Ages, agesOf, ranksOf, visitorsIn } from "./plan.ts";
import { Release } from "./release.ts";

const logger = getLogger("queue");

/** What a conference tells the queue of this isolate, synchronously. */
export interface ConferenceObserver {
  arrived(conference: Conference): void;
  departed(conference: Conference): void;
  told(conference: Conference, place: Place): void;
  watched(conference: Conference, watching: boolean): void;
  /** There is somebody to tell: {@linkcode Conference.run} has work. */
  releasing(conference: Conference): void;
}

/** Visitors frozen for a plan: they have been reported, and their moment is the plan's to decide. */
interface Frozen {
  readonly places: readonly Place[];
  readonly ages: Ages;
}

/**
 * One conference as this isolate sees it: its own visitors and moderators, and what it has heard of
 * the live state. Everything here is synchronous; buses, stores and timers are the queue's matter.
 */
export class Conference implements PlaceOwner, WatchOwner {
  /** Who waits here, in the order in which they came. */
  readonly #line = new Set<Place>();
  readonly watches = new Set<Watch>();
  readonly release: Release;
  #live: Live | undefined;
  /** Grows each time others say that it is live or not: an answer read before that is out of date. */
  heard = 0;
  #frozen: Frozen | undefined;
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
    return this.#line.size;
  }

  /** Nothing here to remember at `now`. */
  empty(now: number): boolean {
    return this.#line.size === 0 && this.watches.size === 0 && this.release.idle(now);
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
    if (this.live(now) && !this.#frozen) this.#join(place);
    return place;
  }

  watch(subscriber: Subscriber<VisitorsWaiting>): Watch {
    const watch = new Watch(this, subscriber);
    this.watches.add(watch);
    this.observer.watched(this, true);
    return watch;
  }

  left(place: Place): void {
    this.#line.delete(place);
    this.observer.departed(this);
  }

  unwatched(watch: Watch): void {
    this.watches.delete(watch);
    this.observer.watched(this, false);
  }

  /**
   * Hears of a go-live whose plan is to follow, and reports the visitors that the plan shall order.
   * Asked again before the plan has come, it reports the same ones.
   */
  freeze(live: Live, now: number): Ages {
    this.heard++;
    this.#live = live;
    if (this.#frozen) return this.#frozen.ages;
    const places = [...this.#line].filter((place) => !place.queued);
    if (places.length === 0) return [];
    for (const place of places) place.queued = true;
    this.#frozen = { places, ages: agesOf(arrivals(places), now) };
    return this.#frozen.ages;
  }

  /** True while visitors have been reported and their plan has not come. */
  get frozen(): boolean {
    return this.#frozen !== undefined;
  }

  /** Starts the release of the frozen visitors. Without any, or when they have a plan, a no-op. */
  plan(own: string, plan: ReadonlyMap<string, Ages>, now: number): void {
    const frozen = this.#frozen;
    if (!frozen) return;
    this.#frozen = undefined;
    // What this isolate reported decides; a plan that missed the report is completed with it.
    const ages = new Map(plan).set(own, frozen.ages);
    let total = 0;
    for (const each of ages.values()) total += visitorsIn(each);
    this.release.schedule(frozen.places, ranksOf(own, ages), total, now);
    this.#joinRest();
    this.observer.releasing(this);
  }

  /** Hears otherwise that it is live (the store says so): who waits joins the release's end. */
  discover(live: Live): void {
    this.#live = live;
    if (!this.#frozen) this.#joinRest();
  }

  /** Hears that it is not live, or no more: whoever has not been told waits on. */
  end(now: number): void {
    this.heard++;
    if (!this.#live) return;
    this.#live = this.#frozen = this.#event = undefined;
    this.release.cancel(now);
    for (const place of this.#line) place.queued = false;
  }

  /** Tells at most `most` of the visitors that are due; true when more are due. */
  run(now: number, most: number): boolean {
    return this.release.run(now, most, this.#tell);
  }

  readonly #tell = (place: Place): void => {
    place.state = "told";
    this.#line.delete(place);
    this.observer.told(this, place);
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

  #joinRest(): void {
    for (const place of this.#line) if (!place.queued) this.#join(place);
  }

  #join(place: Place): void {
    place.queued = true;
    this.release.join(place);
    this.observer.releasing(this);
  }
}

function* arrivals(places: readonly Place[]): Generator<number> {
  for (const place of places) yield place.arrivedAt;
}
