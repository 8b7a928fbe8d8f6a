import type { Clock, Timer } from "../time/clock.ts";
import type { Change } from "./visitor.ts";

/** The most changes that are kept to be told together; with more they are told at once. */
const MAX_PENDING = 2_000;

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
    this.#standings.set(follower, { from: undefined, told: false });
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
  }

  /**
   * The follower is about to get the whole list as it is now, and no change that is in it comes
   * after it. Whoever was told of changes before is told the rest of them first: shipped clients keep
   * what comes before the list and take it in again after it, which is harmless only without a gap.
   */
  settle(follower: Follower): void {
    const standing = this.#standings.get(follower);
    if (standing?.from === undefined) return;
    if (standing.told) this.#tell(follower, standing);
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
    for (const [follower, standing] of [...this.#standings]) this.#tell(follower, standing);
    this[Symbol.dispose]();
  }

  #tell(follower: Follower, standing: Standing): void {
    if (standing.from === undefined || standing.from >= this.#next) return;
    const skipped = Math.max(0, standing.from - this.#base);
    standing.from = this.#next;
    standing.told = true;
    // Most are told all of it, and whoever encodes it does so once for them.
    follower.changed(skipped === 0 ? this.#pending : this.#pending.slice(skipped));
  }
}
