import { getLogger } from "../log/log.ts";
import type { ConferenceLive, Subscriber, VisitorsWaiting } from "./events.ts";
import { Line } from "./line.ts";
import type { Known } from "./live_record.ts";
import { Place, type PlaceOwner, type Visitor, Watch, type WatchOwner } from "./place.ts";
import type { Plan } from "./plan.ts";

const NOBODY: ReadonlySet<Watch> = new Set();

const logger = getLogger("queue");

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
 * Of what others and the store say the newer version counts. That the store has nothing says nothing:
 * it may have lost what it had. Only an end, or the time, takes a live state back; and by the time it
 * ends for those who come later, not for those who wait.
 */
export class Conference implements PlaceOwner, WatchOwner {
  /** Its visitors. */
  readonly line: Line;
  /** Made with the first: most isolates that have a conference have no moderator of it. */
  #watches: Set<Watch> | undefined;
  /** The newest that was heard of. */
  #known: Known | undefined;
  /** Who came before this has the right to be told. */
  #right = -Infinity;
  /** What is known was long under way: nobody is told before the store was asked. */
  #doubtful = false;
  /** Its time is over, and the store knows of no later one. */
  #over = false;
  /** When something was heard of it last. */
  heardAt = -Infinity;
  /** When {@linkcode run} was called. */
  #now = 0;
  #told = 0;
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
    return this.#known?.version;
  }

  /** The newest live state, or end, that was heard of. */
  get known(): Known | undefined {
    return this.#known;
  }

  /** It is live or was, and has not been ended: who came in time has the right to be told. */
  get released(): boolean {
    return this.#known?.state === "live";
  }

  /** Until when that was, by the arrival of a visitor. */
  get right(): number {
    return this.#right;
  }

  /** Nobody is told before {@linkcode confirm}. */
  get doubtful(): boolean {
    return this.#doubtful;
  }

  /** Nothing here to remember at `now`. */
  empty(now: number): boolean {
    return this.watches.size === 0 && this.line.empty(now);
  }

  /** The live state, as long as it lasts. */
  live(now: number): Known | undefined {
    return this.released && now < this.#known!.until ? this.#known : undefined;
  }

  /** True when the live state has run out here; the store may know of a later one. */
  stale(now: number): boolean {
    return this.released && !this.#over && now >= this.#known!.until;
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
   * Hears that it is live, or is not any more, from whomever. False when nothing newer was heard:
   * nothing changes. One that is `doubtful` tells nobody before {@linkcode confirm}.
   */
  hear(known: Known, now: number, doubtful = false): boolean {
    const { version = -Infinity, until = Infinity } = this.#known ?? {};
    // What is over counts no more: the store may have forgotten its version.
    const over = now >= until && now < known.until;
    if (known.version < version && !over) return false;
    if (known.version === version) return this.#hearAgain(known);
    this.#known = known;
    this.#over = false;
    this.#doubtful = doubtful;
    if (known.state === "ended") {
      this.#right = -Infinity;
      this.#event = undefined;
      this.line.unplan(now);
    } else {
      this.#right = known.until;
    }
    return true;
  }

  /** Hears of it, and no plan is to follow by itself. */
  discover(known: Known, now: number): void {
    if (this.hear(known, now)) this.consider();
  }

  /** The store was asked, and knows nothing newer. */
  confirm(now: number): void {
    this.#over = this.stale(now);
    if (!this.#doubtful) return;
    this.#doubtful = false;
    this.consider();
  }

  /**
   * The store has nothing, where what is known rests on a clock of another machine: its time is over.
   * Who waits here keeps the right to be told.
   */
  expire(now: number): void {
    if (!this.live(now) || this.#known!.sure) return;
    this.#known = { ...this.#known!, until: now };
    this.#right = now;
  }

  /** Somebody may wait for a plan. */
  consider(): void {
    if (this.released && this.line.unplanned(this.#right)) this.observer.unplanned(this);
  }

  /** When the next plan should be asked for; undefined when it is not live, or nobody needs one. */
  planDue(now: number): number | undefined {
    return this.released ? this.line.planDue(now, this.#right) : undefined;
  }

  /** Takes in a plan: the moments of those who were reported, and how many the others take. */
  plan(own: string, plan: Plan, now: number, delayMs = 0): void {
    if (!this.line.reported && !this.released) return;
    if (this.line.plan(own, plan, now, delayMs)) this.observer.releasing(this);
  }

  /** Gives everybody who waits here and may be told a moment, whoever waits elsewhere. */
  planAlone(now: number): void {
    this.line.planAlone(now, this.#right);
    this.observer.releasing(this);
  }

  /** How many visitors were told here, so far. */
  get told(): number {
    return this.#told;
  }

  /** Tells at most `most` of the visitors that are due; true when more are due. */
  run(now: number, most: number): boolean {
    if (this.#doubtful) return false;
    if (this.line.release.stalled(now)) {
      this.line.takeBack(now);
      this.observer.unplanned(this);
      return false;
    }
    this.#now = now;
    this.#teller ??= (place) => this.#tell(place);
    return this.line.release.run(now, most, this.#teller);
  }

  #tell(place: Place): void {
    place.state = "told";
    this.#told++;
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

  /** The same version again: of one whose end rests on clocks that it is still there, or is surer. */
  #hearAgain(known: Known): boolean {
    const old = this.#known!;
    if (old.state !== known.state || old.sure) return false;
    if (!known.sure && known.until <= old.until) return false;
    this.#known = known;
    this.#over = false;
    if (known.state === "live") this.#right = known.until;
    return true;
  }
}
