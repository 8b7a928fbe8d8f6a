/**
 * Time as the domain sees it: elapsed milliseconds and timers, so that a jump of the wall clock
 * moves nothing and tests and simulations own time.
 *
 * @module
 */

import { clearImmediate, setImmediate } from "node:timers";

/** A running timer. Disposing it twice is harmless. */
export type Timer = Disposable;

/** Time and timers. */
export interface Clock {
  /** Milliseconds since an arbitrary moment; never goes back. */
  now(): number;
  /** Milliseconds since the Unix epoch, for stamps that people and other machines read. */
  wall(): number;
  /** Calls `fn` once, `ms` milliseconds from now; for 0 in the next turn of the event loop. */
  after(ms: number, fn: () => void): Timer;
  /** Calls `fn` every `ms` milliseconds. */
  every(ms: number, fn: () => void): Timer;
}

/** The longest delay that a timer takes; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The clock of this process. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, fn) {
    if (ms <= 0) {
      // A timer of 0 ms takes a millisecond; this takes a turn of the event loop.
      const immediate = setImmediate(fn);
      return { [Symbol.dispose]: () => clearImmediate(immediate) };
    }
    const id = setTimeout(fn, Math.min(ms, MAX_DELAY_MS));
    Deno.unrefTimer(id);
    return { [Symbol.dispose]: () => clearTimeout(id) };
  },
  every(ms, fn) {
    const id = setInterval(fn, Math.min(ms, MAX_DELAY_MS));
    Deno.unrefTimer(id);
    return { [Symbol.dispose]: () => clearInterval(id) };
  },
};
