/**
 * How often keys nobody has heard of are asked for.
 *
 * @module
 */

import type { Clock } from "../time/clock.ts";

/** Requests for unknown keys, a second. */
export const UNKNOWN_KEYS_PER_SECOND = 50;
/** How many may come at once after a calm time: after a restart every tenant is unknown. */
export const UNKNOWN_KEYS_BURST = 200;
/** Who would have to wait longer is turned away. */
const MAX_WAIT_MS = 2_000;

/** One for all keys of a source, so that inventing key ids cannot flood the key server. */
export class FetchPace {
  readonly #clock: Clock;
  /** When the next request would be due if all were evenly spaced (GCRA, ITU-T I.371). */
  #due = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds to wait before the request; `undefined`: too many wait, leave it. */
  reserve(): number | undefined {
    const now = this.#clock.now();
    const interval = 1000 / UNKNOWN_KEYS_PER_SECOND;
    const due = Math.max(this.#due, now - (UNKNOWN_KEYS_BURST - 1) * interval);
    const wait = Math.max(0, due - now);
    if (wait > MAX_WAIT_MS) return undefined;
    this.#due = due + interval;
    return wait;
  }
}
