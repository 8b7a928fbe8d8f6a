import { OpenQuestions } from "./open_questions.ts";
import type { Place } from "./place.ts";
import {
  AGE_BUCKET_MS,
  type Ages,
  agesOf,
  areRivals,
  type Plan,
  prevails,
  ranksOf,
  type Span,
  startOf,
  visitorsIn,
} from "./plan.ts";
import { type Part, Release } from "./release.ts";

/** A report is good for this long; a plan that comes later is late for it. */
const REPORT_MS = 500;
/** How long before its moments run out a release asks who else is to have one. */
const PLAN_AHEAD_MS = 1_000;
/** A plan that comes so late that its moments have passed is as good as none. */
const LATE_MS = 250;
/** Between the own plan and its following there is a turn of the event loop. */
const OWN_MS = 50;
/** Plans that are made at the same time come within this. */
const RIVAL_MS = 1_500;

/** Visitors that were reported for a plan, which is to decide their moment. */
interface Reported {
  /** Grows with each report of this line. */
  readonly n: number;
  readonly places: readonly Place[];
  readonly ages: Ages;
  readonly at: number;
}

/** A plan that was taken in. */
interface Taken extends Span {
  readonly at: number;
  /** What was free before it, and after. */
  readonly freeBefore: number;
  readonly freeAt: number;
  readonly reported: Reported | undefined;
  readonly part: Part | undefined;
}

/** Who asks for a report, and for which plan. */
export interface Question {
  /** The isolate that asks. Default: this one. */
  readonly from?: string | undefined;
  /** Who has waited there without a moment since then was passed over, if others have one. */
  readonly oldest?: number | undefined;
  /** All moments are to be given anew, whoever was passed over. */
  readonly anew?: boolean | undefined;
  /** Who came before this has the right to be told. Default: everybody. */
  readonly right?: number | undefined;
}

/** What a line answers. */
export interface LineReport {
  /** Undefined when nobody waits for a moment. */
  readonly n: number | undefined;
  readonly ages: Ages;
  /** All moments were taken back here, and so they have to be everywhere. */
  readonly anew: boolean;
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
  #reports = 0;
  /** How many were reported or have a moment. */
  #planned = 0;
  readonly #asked = new OpenQuestions();
  /** The plans of the last moments, oldest first. */
  #taken: Taken[] = [];
  #last: Taken | undefined;
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

  /** Somebody who came before `right` waits without a moment. */
  unplanned(right: number): boolean {
    return this.#oldest < right;
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
   * When the next plan should be asked for, which may be at once; undefined when nobody here who came
   * before `right` needs one. Who came after the last plan is in no hurry while its moments last, so
   * that one plan serves many.
   */
  planDue(now: number, right = Infinity): number | undefined {
    const oldest = this.#oldest;
    if (oldest >= right) return undefined;
    const expected = this.#asked.until;
    if (expected > now) return expected;
    if (this.#overtaken(oldest, now)) return this.#restUntil;
    return Math.max(this.release.freeAt - PLAN_AHEAD_MS, this.#restUntil);
  }

  /** Others who came later than somebody here have moments that are still to come. */
  overtaken(now: number): boolean {
    return this.#overtaken(this.#oldest, now);
  }

  /** How long the first one without a moment has waited. */
  oldestMs(now: number): number {
    const oldest = this.#oldest;
    return oldest === Infinity ? 0 : Math.max(0, now - oldest);
  }

  /**
   * Reports the visitors that the next plan orders; asked again before the plan has come, the same
   * ones under the same number. When a plan has passed over the one of whom the question speaks, all
   * moments are taken back and everybody is ordered anew.
   */
  report(now: number, question: Question = {}): LineReport {
    const { from = "", oldest = Infinity, right = Infinity } = question;
    const anew = question.anew || this.#overtaken(oldest, now);
    if (anew) this.#takeBackMoments(now);
    else if (this.#reported && now - this.#reported.at > REPORT_MS) this.#unreport();
    this.#asked.add(from, now);
    this.#reported ??= this.#freeze(now, right);
    const { n, places = [] } = this.#reported ?? {};
    return { n, ages: agesOf(arrivals(places), now), anew };
  }

  /** Somebody here was reported for a plan that has not come. */
  get reported(): boolean {
    return this.#reported !== undefined;
  }

  /**
   * Takes in a plan: the moments of those who were reported, and how many the others take. True when
   * somebody here has got a moment.
   *
   * @param delayMs how far this isolate is from the carrier, one way.
   */
  plan(own: string, plan: Plan, now: number, delayMs = 0): boolean {
    const { from = "" } = plan;
    const askedAt = this.#asked.answered(from, now - plan.agoMs, from === own ? OWN_MS : undefined);
    this.#taken = this.#taken.filter(({ at }) => at > now - RIVAL_MS);
    const span = this.#spanOf(plan, startOf(own, plan, { askedAt, now, delayMs }));
    const rivals = this.#taken.filter((each) => areRivals(each.plan, plan));
    if (rivals.some((each) => prevails(each, span))) {
      this.#waitOn(now);
      return false;
    }
    for (const rival of rivals) this.#withdraw(rival, own, plan);
    // Who has moments still was not asked in time.
    if (plan.anew) this.#takeBackMoments(now);
    return this.#follow(own, span, now);
  }

  /** Gives everybody who waits here and came before `right` a moment, whoever waits elsewhere. */
  planAlone(now: number, right = Infinity): void {
    this.#unreport();
    const places = this.#takeUnplanned(right);
    this.#asked.clear();
    this.#plannedAt = this.#restUntil = now;
    const start = Math.max(now, this.release.freeAt);
    this.release.schedule(places, start);
    this.release.book(start, places.length);
  }

  /** Whoever has not been told waits as if there had never been a plan. */
  unplan(now: number): void {
    this.#asked.clear();
    this.#plannedAt = -Infinity;
    this.takeBack(now);
  }

  /** Whoever has not been told waits for another plan. */
  takeBack(now: number): void {
    const untold = [...this.release.cancel(now), ...this.#reported?.places ?? []];
    this.#reported = this.#last = undefined;
    this.#taken = [];
    this.#rejoin(untold);
  }

  /** Where nobody here has one the report stays: two who ask for it at the same time get the same. */
  #takeBackMoments(now: number): void {
    if (this.release.done) this.release.cancel(now);
    else this.takeBack(now);
  }

  /** Other isolates that still have somebody to tell, by the last plan. */
  tellingElsewhere(own: string, now: number): string[] {
    if (!this.#last) return [];
    const { plan: { ages }, start } = this.#last;
    const { intervalMs } = this.release;
    return [...ages.keys()].filter((id) => {
      return id !== own && start + (ranksOf(id, ages).at(-1) ?? 0) * intervalMs > now;
    });
  }

  /** When the first one came who has no moment. */
  get #oldest(): number {
    const [first] = this.#reported?.places ?? this.#unplanned;
    return first?.arrivedAt ?? Infinity;
  }

  /** True when others who came later than `oldest` have moments that are still to come. */
  #overtaken(oldest: number, now: number): boolean {
    return oldest + AGE_BUCKET_MS < this.#plannedAt && this.release.freeAt > now;
  }

  #freeze(now: number, right: number): Reported | undefined {
    const places = this.#takeUnplanned(right);
    if (places.length === 0) return undefined;
    return { n: ++this.#reports, places, ages: agesOf(arrivals(places), now), at: now };
  }

  /** What was reported here decides, should the plan know an earlier report. */
  #isNamed(own: string, { ages, numbers }: Plan): boolean {
    if (!this.#reported || !ages.has(own)) return false;
    const n = numbers?.get(own);
    return n === undefined || n === this.#reported.n;
  }

  #spanOf(plan: Plan, start: number): Span {
    let total = 0;
    for (const ages of plan.ages.values()) total += visitorsIn(ages);
    return { plan, start, end: start + total * this.release.intervalMs };
  }

  #follow(own: string, { plan, start, end }: Span, now: number): boolean {
    const reported = this.#reported;
    const named = reported !== undefined && this.#isNamed(own, plan);
    const freeBefore = this.release.freeAt;
    this.#plannedAt = now - plan.agoMs;
    this.restMs = plan.restMs;
    this.#restUntil = now + plan.restMs;
    let part: Part | undefined;
    if (named && !this.#isOvertaking(reported)) {
      const from = Math.max(start, freeBefore);
      if (now - from <= LATE_MS) {
        this.#reported = undefined;
        part = this.release.schedule(
          reported.places,
          from,
          ranksOf(own, agesIn(plan, own, reported)),
        );
      }
    }
    this.#waitOn(now);
    this.release.bookUntil(part ? end + Math.max(0, freeBefore - start) : end);
    const { freeAt } = this.release;
    this.#last = { plan, at: now, start, end, freeBefore, freeAt, reported, part };
    this.#taken.push(this.#last);
    return part !== undefined;
  }

  /** True when somebody waits without a moment who came before those of `reported`. */
  #isOvertaking({ places }: Reported): boolean {
    const [first] = this.#unplanned;
    return first !== undefined && first.arrivedAt < places[0]!.arrivedAt;
  }

  /** A plan has come, or does not count: who was reported waits for that of another, if there is one. */
  #waitOn(now: number): void {
    if (this.#asked.until <= now) this.#unreport();
  }

  /** `rival` does not count any more, because `plan` does. */
  #withdraw(rival: Taken, own: string, plan: Plan): void {
    this.#taken = this.#taken.filter((each) => each !== rival);
    const { part, reported, freeBefore } = rival;
    this.release.withdraw(part, Math.max(freeBefore, ...this.#taken.map(({ freeAt }) => freeAt)));
    if (!part || !reported) return;
    this.#unreport();
    // Who was told by it meanwhile keeps its place in the report, and is passed over.
    if (plan.numbers?.get(own) === reported.n) this.#reported = reported;
    else this.#rejoin(reported.places);
  }

  #takeUnplanned(right: number): Place[] {
    const places: Place[] = [];
    for (const place of this.#unplanned) {
      if (place.arrivedAt >= right) break;
      places.push(place);
      this.#unplanned.delete(place);
    }
    this.#planned += places.length;
    return places;
  }

  #unreport(): void {
    const places = this.#reported?.places ?? [];
    this.#reported = undefined;
    this.#rejoin(places);
  }

  /** They wait without a plan again, and so does whoever came later and has a moment. */
  #rejoin(places: readonly Place[]): void {
    const [first, ...rest] = places.filter((place) => place.state === "waiting");
    if (!first) return;
    const later = this.release.takeBackAfter(first.arrivedAt);
    const waiting = [first, ...rest, ...later].filter((place) => place.state === "waiting");
    this.#planned -= waiting.length;
    const all = [...waiting, ...this.#unplanned];
    // They are nearly always in order, which sorting sees at once.
    this.#unplanned = new Set(all.sort((a, b) => a.arrivedAt - b.arrivedAt));
  }
}

/** What was reported here decides, should a plan know another report of before there were numbers. */
function agesIn(plan: Plan, own: string, { places, ages }: Reported): ReadonlyMap<string, Ages> {
  const known = visitorsIn(plan.ages.get(own) ?? []) === places.length;
  return known ? plan.ages : new Map(plan.ages).set(own, ages);
}

function* arrivals(places: readonly Place[]): Generator<number> {
  for (const place of places) yield place.arrivedAt;
}
