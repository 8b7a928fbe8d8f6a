/**
 * What becomes of those who ask for what their token does not allow. Shipped clients come back 5 s
 * after a refused SUBSCRIBE, and for ever: their count of errors begins anew with each CONNECTED. So
 * who comes back to a refusal waits for it longer each time, and the log has one line a minute.
 *
 * @module
 */

import { hash } from "node:crypto";
import { BoundedMap } from "../base/bounded_map.ts";
import { getLogger } from "../log/log.ts";
import { Summary } from "../log/summary.ts";
import type { Counter, Meter } from "../metrics/meter.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Clock } from "../time/clock.ts";

/** Refusals that are remembered. A token and a destination are one. */
const MAX_KNOWN = 10_000;
/** For how long one is remembered after its last time. */
const MEMORY_MS = 10 * 60_000;
/** How long the second refusal is held back; each further one twice as long... */
const FIRST_DELAY_MS = 5_000;
/** ...up to this. */
const LAST_DELAY_MS = 60_000;

const logger = getLogger("stomp");

interface Known {
  /** How long the last one was held back. */
  readonly delayMs: number;
  readonly at: number;
}

export interface RefusalsOptions {
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, "authRefused">;
  /** Refusals that were held back. */
  readonly slowed: Counter;
}

/** The refusals of one door in one isolate. */
export class Refusals implements Disposable {
  readonly #options: RefusalsOptions;
  readonly #known = new BoundedMap<string, Known>(MAX_KNOWN);
  readonly #summary: Summary;

  constructor(options: RefusalsOptions) {
    this.#options = options;
    this.#summary = new Summary(options.clock, (refused, reasons) => {
      logger.info("Refused {refused} times within a minute: {reasons}", { refused, reasons });
    });
  }

  /** What is counted of refusals that are held back, for every door the same. */
  static counter(meter: Meter): Counter {
    return meter.counter({
      name: "refusals_slowed_total",
      help: "Refused subscriptions that came back, and had to wait for their refusal.",
    });
  }

  /** Something was refused, for the reason with this code. */
  count(code: string): void {
    this.#options.metrics.authRefused(code);
    this.#summary.count(code);
  }

  /**
   * How long the refusal of `destination` is to be held back from the token with this mark, in
   * milliseconds: 0 for the first time.
   */
  delayMs(mark: number, destination: string): number {
    // Hashed, because a destination may be long, and these are kept.
    const key = hash("sha256", `${mark} ${destination}`, "base64");
    const now = this.#options.clock.now();
    const known = this.#known.get(key);
    const again = known !== undefined && now - known.at < known.delayMs + MEMORY_MS;
    const doubled = again ? Math.max(2 * known.delayMs, FIRST_DELAY_MS) : 0;
    const delayMs = Math.min(doubled, LAST_DELAY_MS);
    this.#known.set(key, { delayMs, at: now });
    if (delayMs > 0) this.#options.slowed.inc();
    return delayMs;
  }

  /** Tells what was not told yet. */
  [Symbol.dispose](): void {
    this.#summary[Symbol.dispose]();
  }
}
