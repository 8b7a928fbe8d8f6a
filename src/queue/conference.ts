import { getLogger } from "../log/log.ts";
import type { ConferenceLive, Subscriber, VisitorsWaiting } from "./events.ts";
import { Line } from "./line.ts";
import type { Live } from "./live_state.ts";
import { Place, type PlaceOwner, type Visitor, Watch, type WatchOwner } from "./place.ts";
import type { Plan } from "./plan.ts";

const NOBODY: ReadonlySet<Watch> = new Set();

const logger = getLogger("queue");

/** A live state with the version of its record, where whoever speaks of it knows that. */
export interface VersionedLive extends Live {
  readonly version?: number | undefined;
}

/** What a conference tells the queue of this isolate, synchronously. */
export interface ConferenceObserver {
  arrived(conference: Conference, place: Place): void;
  departed(conference: Conference, place: Place): void;
  /** @param now the time, as the conference was given it. */
  told(conference: Conference, place: Place, now: number): void;
  watched(conference: Conference, watching: boolean): void;
  /** Somebody waits here without a moment, and it is live: {@linkcode Conference.planDue}. */
  unplanned(conference: Conference): void;
  /** There is somebody to tell: {@linkcode Conference.run} has work. */
  releasing(conference: Conference): void;
}

/**
 * One conference as this isolate sees it: its own visitors and moderators, and what it has heard of
 * the live state. Everything here is synchronous; buses, stores and timers are the queue's matter.
 *
 * Of what others say the newer version counts. The store has the last word, whatever its version.
 */
export class Conference implements PlaceOwner, WatchOwner {
  /** Its visitors. */
  readonly line: Line;
  /** Made with the first: most isolates that have a conference have no moderator of it. */
  #watches: Set<Watch> | undefined;
  #live: Live | undefined;
  /** The newest version of the live state that was heard of, be it live or not. */
  #version: number | undefined;
  #news = 0;
  /** When {@linkcode run} was called. */
  #now = 0;
  /** Made with the first release: a conference that waits does without. */
  #teller: ((place: Place) => void) | undefined;
  /** One event object a release: a front door may keep what it makes of it. */
  #event: ConferenceLive | undefined;

  constructor(
    readonly key: string,
    readonly observer: ConferenceObserver,
    readonly options: { readonly intervalMs: number; readonly randomDelayMs: number },
  ) {
    this.line = new Line(options.intervalMs);
  }

  /** Visitors that wait in this isolate. */
  get waiting(): number {
    return this.line.waiting;
  }

  /** The moderators in this isolate. */
  get watches(): ReadonlySet<Watch> {
    return this.#watches ?? NOBODY;
  }

  /** The newest version of the live state that was heard of. */
  get version(): number | undefined {
    return this.#version;
  }

  /** Grows each time others say that it is live or not: an answer read before that is out of date. */
  get news(): number {
    return this.#news;
  }

  /** Nothing here to remember at `now`. */
  empty(now: number): boolean {
    return this.watches.size === 0 && this.line.empty(now);
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
  arrive(subscriber: Subscriber<ConferenceLive>, now: number, visitor?: Visitor): Place {
    const place = new Place(this, subscriber, now, visitor);
    this.line.add(place);
    this.observer.arrived(this, place);
    if (this.live(now)) this.observer.unplanned(this);
    return place;
  }

  watch(subscriber: Subscriber<VisitorsWaiting>): Watch {
    const watch = new Watch(this, subscriber);
    this.#watches ??= new Set();
    this.#watches.add(watch);
    this.observer.watched(this, true);
    return watch;
  }

  left(place: Place): void {
    this.line.remove(place);
    this.observer.departed(this, place);
  }

  unwatched(watch: Watch): void {
    this.#watches?.delete(watch);
    this.observer.watched(this, false);
  }

  /**
   * Hears of a go-live; a plan is to follow. False when something newer is known: nothing changes,
   * and the store should be looked into.
   */
  hear(live: VersionedLive): boolean {
    if (!this.#isNews(live.version)) return false;
    this.#live = live;
    return true;
  }

  /** Hears otherwise that it is live (the store says so): no plan is to follow by itself. */
  discover(live: VersionedLive): void {
    this.#live = live;
    this.#version = live.version ?? this.#version;
    if (this.line.unplanned) this.observer.unplanned(this);
  }

  /**
   * Hears that it is not live, or no more: whoever has not been told waits on. False when something
   * newer is known, as with {@linkcode hear}.
   */
  end(now: number, version?: number): boolean {
    if (!this.#isNews(version)) return false;
    this.#live = this.#event = undefined;
    this.line.unplan(now);
    return true;
  }

  /**
   * Hears that by the store it is not live, of which the record has `version`, where there is one.
   * When the live state has run out by itself, whoever has a moment keeps it; otherwise it was taken
   * back, and this isolate has missed the word of it.
   */
  missing(now: number, version?: number): void {
    this.#version = version ?? this.#version;
    if (this.stale(now)) this.#live = undefined;
    else if (this.#live) this.end(now);
  }

  /** When the next plan should be asked for; undefined when it is not live, or nobody needs one. */
  planDue(now: number): number | undefined {
    const live = this.live(now);
    return live && this.line.planDue(now, live.until);
  }

  /** Takes in a plan: the moments of those who were reported, and how many the others take. */
  plan(own: string, plan: Plan, now: number): void {
    if (!this.line.reported && !this.#live) return;
    if (this.line.plan(own, plan, now)) this.observer.releasing(this);
  }

  /** Gives everybody who waits here a moment, whoever waits elsewhere. */
  planAlone(now: number): void {
    this.line.planAlone(now);
    this.observer.releasing(this);
  }

  /** Tells at most `most` of the visitors that are due; true when more are due. */
  run(now: number, most: number): boolean {
    this.#now = now;
    this.#teller ??= (place) => this.#tell(place);
    return this.line.release.run(now, most, this.#teller);
  }

  #tell(place: Place): void {
    place.state = "told";
    this.line.remove(place);
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
  }

  /** Takes note of a word with that version; false when a newer one is known. */
  #isNews(version: number | undefined): boolean {
    if (version !== undefined) {
      if (this.#version !== undefined && version < this.#version) return false;
      this.#version = version;
    }
    this.#news++;
    return true;
  }
}
