import type { Clock } from "../time/clock.ts";
import type { Capacity } from "./capacity.ts";

/**
 * So many a second for all isolates of a process together, and as many at once as the capacity has.
 * Each isolate gives back, over time, its part of what is taken.
 */
export class SharedRate {
  #at: number;
  /** What was taken here, and not given back. */
  #taken = 0;

  /** @param perSecond what is given back in a second, by all isolates together. */
  constructor(readonly capacity: Capacity, readonly perSecond: number, readonly clock: Clock) {
    this.#at = clock.now();
  }

  /** Takes one; false when it is one too many. */
  take(): boolean {
    this.#giveBack();
    if (!this.capacity.take()) return false;
    this.#taken++;
    return true;
  }

  /** Called by a timer too, so that an isolate that takes no more does not keep what it has. */
  tick(): void {
    this.#giveBack();
  }

  #giveBack(): void {
    const now = this.clock.now();
    if (this.#taken === 0) {
      this.#at = now;
      return;
    }
    const share = this.#taken / Math.max(this.capacity.used, this.#taken);
    const due = Math.floor((now - this.#at) * this.perSecond * share / 1_000);
    if (due < 1) return;
    const count = Math.min(due, this.#taken);
    for (let i = 0; i < count; i++) this.capacity.release();
    this.#taken -= count;
    // What is left of a whole one counts the next time.
    this.#at = this.#taken === 0 ? now : this.#at + due * 1_000 / (this.perSecond * share);
  }
}
