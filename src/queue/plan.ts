/**
 * The order of a release over many isolates, computed by each alone from the same numbers.
 *
 * Every isolate tells how long its visitors have waited, as a histogram. The line of all is then:
 * oldest bucket first; within a bucket the isolates' visitors interleaved evenly, each isolate's in
 * the order in which they came. Ages come from each isolate's own monotonic clock, so wall clocks
 * that disagree do not matter.
 *
 * @module
 */

/**
 * Half a second: two visitors a second apart stay in different buckets even when the isolates learn
 * of the go-live up to half a second apart (who came a second or more earlier is told earlier).
 */
export const AGE_BUCKET_MS = 500;

/** `[bucket, visitors]` pairs, oldest bucket (the largest number) first; no empty buckets. */
export type Ages = readonly (readonly [bucket: number, visitors: number])[];

/** What every isolate learns of one round: who was reported where, and when their release starts. */
export interface Plan {
  /** Of each isolate that has visitors in it, by its id. */
  readonly ages: ReadonlyMap<string, Ages>;
  /** How long from now on no moment is free. */
  readonly startMs: number;
  /** How long ago the isolates were asked: who came since is not in it. */
  readonly agoMs: number;
  /** For how long nobody asks again, so that what a conference costs is bounded. */
  readonly restMs: number;
  /** The isolate that made it. */
  readonly from?: string | undefined;
  /** Of each isolate in `ages`, the number of the report that it orders. */
  readonly numbers?: ReadonlyMap<string, number> | undefined;
  /** How far that isolate is from the carrier, one way, in milliseconds. */
  readonly delayMs?: number | undefined;
  /** It replaces all before it: who is not in it has no moment any more. */
  readonly anew?: boolean | undefined;
}

/**
 * True when both order the same report: somebody has asked twice at the same time, and one of the
 * plans must not count, the same everywhere.
 */
export function areRivals(a: Plan, b: Plan): boolean {
  if (!a.numbers || !b.numbers) return false;
  return a.numbers.entries().some(([id, n]) => b.numbers!.get(id) === n);
}

/** A plan in the time of one isolate: milliseconds of its clock. */
export interface Span {
  readonly plan: Plan;
  readonly start: number;
  /** When the moments of all who are in it are over. */
  readonly end: number;
}

/**
 * True when of two rivals the plan of `a` counts: the one that the other was put behind, because
 * somebody who was asked for it knew of the first already; otherwise that of the smaller id, and of
 * two of one isolate the later.
 */
export function prevails(a: Span, b: Span): boolean {
  if (b.start >= (a.start + a.end) / 2) return true;
  if (a.start >= (b.start + b.end) / 2) return false;
  return (a.plan.from ?? "") < (b.plan.from ?? "");
}

/**
 * When the moments of a plan begin, the same moment everywhere: it is counted from the question,
 * which came here as much later as both isolates are away from the carrier.
 */
export function startOf(
  own: string,
  { from, agoMs, startMs, delayMs: theirs }: Plan,
  { askedAt, now, delayMs }: { askedAt: number | undefined; now: number; delayMs: number },
): number {
  if (askedAt === undefined || theirs === undefined) return now + startMs;
  const way = from === own ? 0 : theirs + delayMs;
  return askedAt - way + agoMs + startMs;
}

/** The histogram of visitors that arrived at `arrivals` (ascending), seen at `now`; milliseconds. */
export function agesOf(arrivals: Iterable<number>, now: number): Ages {
  const ages: [number, number][] = [];
  for (const arrivedAt of arrivals) {
    const bucket = Math.max(0, Math.floor((now - arrivedAt) / AGE_BUCKET_MS));
    const last = ages.at(-1);
    if (last?.[0] === bucket) last[1]++;
    else ages.push([bucket, 1]);
  }
  return ages;
}

/** How many visitors a histogram holds. */
export function visitorsIn(ages: Ages): number {
  return ages.reduce((sum, [, visitors]) => sum + visitors, 0);
}

/**
 * The place in the line of all, from 0, of each visitor of isolate `own`, in their own order.
 * No two visitors of a plan share a place and no place is left out.
 */
export function ranksOf(own: string, plan: ReadonlyMap<string, Ages>): number[] {
  const ranks: number[] = [];
  const others = [...plan].filter(([id]) => id !== own).map(([id, ages]) => new Cursor(id, ages));
  let before = 0;
  for (const [bucket, visitors] of plan.get(own) ?? []) {
    for (const other of others) before += other.passOlderThan(bucket);
    const peers = others.filter((other) => other.bucket === bucket);
    for (let k = 0; k < visitors; k++) {
      let rank = before + k;
      for (const peer of peers) rank += peer.aheadOf(k, visitors, own);
      ranks.push(rank);
    }
    before += visitors;
  }
  return ranks;
}

/** Walks the histogram of another isolate along with one's own. */
class Cursor {
  #next = 0;

  constructor(readonly id: string, readonly ages: Ages) {}

  get bucket(): number | undefined {
    return this.ages[this.#next]?.[0];
  }

  /** Passes the buckets older than `bucket` and returns how many visitors they held. */
  passOlderThan(bucket: number): number {
    let passed = 0;
    for (let entry = this.ages[this.#next]; entry && entry[0] > bucket;) {
      passed += entry[1];
      entry = this.ages[++this.#next];
    }
    return passed;
  }

  /**
   * How many of this isolate's visitors in the current bucket stand before the `k`-th of `n` of the
   * isolate `own`. The `m`-th of `count` stands at the fraction (m + 1/2) / count of the bucket; on a
   * tie the smaller id goes first. Integers throughout: every isolate gets the same result.
   */
  aheadOf(k: number, n: number, own: string): number {
    const count = this.ages[this.#next]![1];
    const x = (2 * k + 1) * count;
    return Math.floor((x + (this.id < own ? n : n - 1)) / (2 * n));
  }
}
