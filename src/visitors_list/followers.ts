import type { Clock, Timer } from "../time/clock.ts";
import type { Change } from "./visitor.ts";

/** The most changes that are kept to be told together; with more they are told at once. */
const MAX_PENDING = 2_000;
/** The most that are kept for one that waits for a list. */
const MAX_KEPT = 10_000;

/** Somebody who wants to know of the changes of a list. None of the methods may throw. */
export interface Follower {
  /** Whose meeting it is became known, or is another one now: the canonical name of the conference. */
  belongs(conference: string): void;
  /** What happened since the last call, in order. Several followers get the same array. */
  changed(changes: readonly Change[]): void;
}

/** How far one follower has been told. */
interface Standing {
  /** The number of the next change that it is told; `undefined`: it wants none yet. */
  from: number | undefined;
  /** Whether it was told anything. */
  told: boolean;
  /** How many whole lists it waits for... */
  lists: number;
  /** ...and what it was not told meanwhile. */
  kept: Change[];
}

/** Those who follow one list in this isolate, and what they are to be told next. */
export class Followers implements Disposable {
  readonly #clock: Clock;
  readonly #groupMs: number;
  readonly #standings = new Map<Follower, Standing>();
  #pending: Change[] = [];
  /** The number of the first change that is pending. */
  #base = 0;
  #timer: Timer | undefined;

  /** @param groupMs for how long changes are gathered. */
  constructor(clock: Clock, groupMs: number) {
    this.#clock = clock;
    this.#groupMs = groupMs;
  }

  get size(): number {
    return this.#standings.size;
  }

  get #next(): number {
    return this.#base + this.#pending.length;
  }

  add(follower: Follower): void {
    this.#standings.set(follower, { from: undefined, told: false, lists: 0, kept: [] });
  }

  /** From now on it is told of changes. */
  start(follower: Follower): void {
    const standing = this.#standings.get(follower);
    if (standing) standing.from ??= this.#next;
  }

  /** It is told of no changes, until it starts again. */
  stop(follower: Follower): void {
    const standing = this.#standings.get(follower);
    if (!standing) return;
    standing.from = undefined;
    standing.told = false;
    standing.kept = [];
  }

  /** The follower waits for the whole list: what happens until then need not be told twice. */
  hold(follower: Follower): void {
    const standing = this.#standings.get(follower);
    if (standing) standing.lists++;
  }

  /** Ends one {@linkcode hold}. Where no list came, it is told what was kept. */
  release(follower: Follower): void {
    const standing = this.#standings.get(follower);
    if (standing && --standing.lists === 0) this.#hand(follower, standing, []);
  }

  /**
   * The follower is about to get the whole list as it is now, and no change that is in it comes
   * after it. Whoever was told of changes before is told the rest of them first: shipped clients keep
   * what comes before the list and take it in again after it, which is harmless only without a gap.
   */
  settle(follower: Follower): void {
    const standing = this.#standings.get(follower);
    if (standing?.from === undefined) return;
    if (standing.told) this.#hand(follower, standing, this.#news(standing));
    standing.kept = [];
    standing.from = this.#next;
  }

  delete(follower: Follower): void {
    this.#standings.delete(follower);
    if (this.#standings.size === 0) this[Symbol.dispose]();
  }

  belongs(conference: string): void {
    for (const follower of [...this.#standings.keys()]) follower.belongs(conference);
  }

  /** These have happened, and are told soon. */
  record(changes: readonly Change[]): void {
    if (changes.length === 0 || !this.#wanted()) return;
    // Not by spreading, which has a bound of its own.
    for (const change of changes) this.#pending.push(change);
    if (this.#pending.length >= MAX_PENDING) this.#flush();
    else this.#timer ??= this.#clock.after(this.#groupMs, () => this.#flush());
  }

  /** Forgets what is pending. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#base = this.#next;
    this.#pending = [];
  }

  #wanted(): boolean {
    return this.#standings.values().some(({ from }) => from !== undefined);
  }

  #flush(): void {
    for (const [follower, standing] of [...this.#standings]) {
      const news = this.#news(standing);
      if (standing.lists === 0) this.#hand(follower, standing, news);
      else for (const change of news) standing.kept.push(change);
      if (standing.kept.length > MAX_KEPT) this.#hand(follower, standing, []);
    }
    this[Symbol.dispose]();
  }

  /** What of the pending changes is new to it; from now on it is not. */
  #news(standing: Standing): readonly Change[] {
    const { from } = standing;
    if (from === undefined) return [];
    standing.from = this.#next;
    // Most have seen none of it, and whoever encodes it does so once for them.
    return from <= this.#base ? this.#pending : this.#pending.slice(from - this.#base);
  }

  /** Tells what was kept, and `news`. */
  #hand(follower: Follower, standing: Standing, news: readonly Change[]): void {
    const changes = standing.kept.length === 0 ? news : standing.kept.concat(news);
    standing.kept = [];
    if (changes.length === 0) return;
    standing.told = true;
    follower.changed(changes);
  }
}
