import { BoundedMap } from "../../base/bounded_map.ts";
import type { Clock } from "../../time/clock.ts";

/** Keys that are counted at a time; who was quiet the longest is forgotten, and has a full bucket. */
const MAX_KEYS = 50_000;

export interface Rate {
  readonly perSec: number;
  readonly atOnce: number;
}

/** How often each of many may do something: a bucket for each that fills by itself. */
export class Rates {
  readonly #buckets = new BoundedMap<string, { left: number; at: number }>(MAX_KEYS);

  constructor(readonly clock: Clock, readonly rate: Rate) {}

  /** Takes one for `key`: undefined, or in how many seconds there is one. */
  take(key: string): number | undefined {
    const { perSec, atOnce } = this.rate;
    const now = this.clock.now();
    const known = this.#buckets.get(key);
    const filled = known ? known.left + (now - known.at) / 1_000 * perSec : atOnce;
    const left = Math.min(filled, atOnce);
    if (left < 1) return (1 - left) / perSec;
    this.#buckets.set(key, { left: left - 1, at: now });
    return undefined;
  }
}
