import type { Clock, Timer } from "../time/clock.ts";

/** How many kinds are told apart; further ones are counted as `other`. */
const MAX_KINDS = 32;

/**
 * Sums up what may happen very often: whatever is counted within a minute of the first is told at
 * its end, once. Nothing is told of a minute in which nothing happened.
 */
export class Summary implements Disposable {
  readonly #clock: Clock;
  readonly #tell: (total: number, counts: Readonly<Record<string, number>>) => void;
  readonly #counts = new Map<string, number>();
  #timer: Timer | undefined;

  /** @param tell writes the line; `counts` are by kind. */
  constructor(
    clock: Clock,
    tell: (total: number, counts: Readonly<Record<string, number>>) => void,
  ) {
    this.#clock = clock;
    this.#tell = tell;
  }

  count(kind: string): void {
    const known = this.#counts.has(kind) || this.#counts.size < MAX_KINDS;
    const counted = known ? kind : "other";
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1);
    this.#timer ??= this.#clock.after(60_000, () => this[Symbol.dispose]());
  }

  /** Tells what was counted so far. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#counts.size === 0) return;
    const counts = Object.fromEntries(this.#counts);
    const total = this.#counts.values().reduce((sum, count) => sum + count, 0);
    this.#counts.clear();
    this.#tell(total, counts);
  }
}
