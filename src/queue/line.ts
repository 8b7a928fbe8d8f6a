import type { Place } from "./place.ts";
import { AGE_BUCKET_MS, type Ages, agesOf, type Plan, ranksOf, visitorsIn } from "./plan.ts";
import { Release } from "./release.ts";

/** A report is good for this long; a plan that comes later is late for it. */
const REPORT_MS = 500;
/** After this long without a plan whoever asked for reports has died. */
const PLAN_WAIT_MS = 2_000;
/** How long before its moments run out a release asks who else is to have one. */
const PLAN_AHEAD_MS = 1_000;

/** Visitors that were reported for a plan, which is to decide their moment. */
interface Reported {
  readonly places: readonly Place[];
  readonly ages: Ages;
  readonly at: number;
}

/**
 * The visitors of one conference in this isolate, in the order in which they came: those without a
 * part in a plan, then those that were reported for one, then those with a moment in the release.
 * Times are milliseconds of the caller's clock.
 */
export class Line {
  readonly release: Release;
  /** Who has no part in a plan. */
  #unplanned = new Set<Place>();
  #reported: Reported | undefined;
  /** How many were reported or have a moment. */
  #planned = 0;
  /** Until when the plan that somebody asked reports for is waited for. */
  #planExpected = -Infinity;
  /** When the isolates were asked for the last plan. */
  #plannedAt = -Infinity;
  /** Until when nobody asks for another. */
  #restUntil = -Infinity;
  /** How long that is; it grows with the number of isolates. */
  restMs = 0;

  /** @param intervalMs between two visitors of the conference; 0 tells all at once. */
  constructor(intervalMs: number) {
    this.release = new Release(intervalMs);
  }

  /** How many wait. */
  get waiting(): number {
    return this.#unplanned.size + this.#planned;
  }

  /** Somebody waits without a moment. */
  get unplanned(): boolean {
    return this.#oldest !== undefined;
  }

  /** Nobody waits, and no moment is taken. */
  empty(now: number): boolean {
    return this.waiting === 0 && this.release.idle(now);
  }

  /** Takes `place` in at the end. */
  add(place: Place): void {
    this.#unplanned.add(place);
  }

  /** Lets `place` go, which was told or has left. */
  remove(place: Place): void {
    if (!this.#unplanned.delete(place)) this.#planned--;
  }

  /**
   * When the next plan should be asked for, which may be at once; undefined when nobody here needs
   * one. Who came after the last plan is in no hurry while its moments last, so that one plan serves
   * many; but the live state, which holds until `liveUntil`, must not run out on them.
   */
  planDue(now: number, liveUntil: number): number | undefined {
    const oldest = this.#oldest;
    if (oldest === undefined) return undefined;
    if (this.#planExpected > now) return this.#planExpected;
    if (this.#overtaken(oldest, now)) return this.#restUntil;
    return Math.max(Math.min(this.release.freeAt, liveUntil) - PLAN_AHEAD_MS, this.#restUntil);
  }

  /** How long the first one without a moment has waited. */
  oldestMs(now: number): number {
    return Math.max(0, now - (this.#oldest ?? now));
  }

  /**
   * Reports the visitors that the next plan orders; asked again before the plan has come, the same
   * ones. Somebody elsewhere has waited without a moment since `oldest`: when a plan has passed over
   * that one, all moments are taken back and everybody is ordered anew.
   */
  report(now: number, oldest = Infinity): Ages {
    if (this.#overtaken(oldest, now)) this.#takeBack(now);
    else if (this.#reported && now - this.#reported.at > REPORT_MS) this.#unreport();
    this.#planExpected = now + PLAN_WAIT_MS;
    if (!this.#reported && this.#unplanned.size > 0) {
      const places = this.#takeUnplanned();
      this.#reported = { places, ages: agesOf(arrivals(places), now), at: now };
    }
    return this.#reported?.ages ?? [];
  }

  /** Somebody here was reported for a plan that has not come. */
  get reported(): boolean {
    return this.#reported !== undefined;
  }

  /**
   * Takes in a plan: the moments of those who were reported, and how many the others take. True when
   * somebody here has got a moment.
   */
  plan(own: string, plan: Plan, now: number): boolean {
    const reported = this.#reported;
    const part = reported !== undefined && plan.ages.has(own);
    this.#planExpected = -Infinity;
    this.#plannedAt = now - plan.agoMs;
    this.restMs = plan.restMs;
    this.#restUntil = now + plan.restMs;
    let start = now + plan.startMs;
    if (part) {
      start = Math.max(start, this.release.freeAt);
      this.#reported = undefined;
      // What was reported here decides, should the plan know an earlier report.
      const ranks = ranksOf(own, new Map(plan.ages).set(own, reported.ages));
      this.release.schedule(reported.places, start, ranks);
    } else {
      this.#unreport();
    }
    let total = 0;
    for (const ages of plan.ages.values()) total += visitorsIn(ages);
    // Of two isolates that asked at the same time both publish: the same moments, taken once.
    this.release.book(start, total);
    return part;
  }

  /** Gives everybody who waits here a moment, whoever waits elsewhere. */
  planAlone(now: number): void {
    this.#unreport();
    const places = this.#takeUnplanned();
    this.#planExpected = -Infinity;
    this.#plannedAt = this.#restUntil = now;
    const start = Math.max(now, this.release.freeAt);
    this.release.schedule(places, start);
    this.release.book(start, places.length);
  }

  /** Whoever has not been told waits as if there had never been a plan. */
  unplan(now: number): void {
    this.#planExpected = this.#plannedAt = -Infinity;
    this.#takeBack(now);
  }

  /** When the first one came who has no moment. */
  get #oldest(): number | undefined {
    const [first] = this.#reported?.places ?? this.#unplanned;
    return first?.arrivedAt;
  }

  /** True when others who came later than `oldest` have moments that are still to come. */
  #overtaken(oldest: number, now: number): boolean {
    return oldest + AGE_BUCKET_MS < this.#plannedAt && this.release.freeAt > now;
  }

  #takeUnplanned(): Place[] {
    const places = [...this.#unplanned];
    this.#unplanned.clear();
    this.#planned += places.length;
    return places;
  }

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

  /** They came before everybody who is without a plan now. */
  #rejoin(places: readonly Place[]): void {
    if (places.length === 0) return;
    const waiting = places.filter((place) => place.state === "waiting");
    this.#unplanned = new Set([...waiting, ...this.#unplanned]);
    this.#planned -= waiting.length;
  }
}

function* arrivals(places: readonly Place[]): Generator<number> {
  for (const place of places) yield place.arrivedAt;
}
