import type { Bus } from "../bus/bus.ts";
import type { Clock, Timer } from "../time/clock.ts";
import type { Conference } from "./conference.ts";
import { encode, topicOf } from "./messages.ts";

/** Changes of a tally within this time of the last report are said as one. */
const PAUSE_MS = 20;

/** What this isolate says of its conferences unasked. A report that is lost is followed by another. */
export class Reports implements Disposable {
  readonly #changed = new Set<Conference>();
  #pause: Timer | undefined;
  #disposed = false;

  constructor(readonly bus: Bus, readonly clock: Clock) {}

  /** The number of visitors or moderators of `conference` changed. */
  changed(conference: Conference): void {
    this.#changed.add(conference);
    if (!this.#pause) this.#say();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#pause?.[Symbol.dispose]();
    this.#changed.clear();
  }

  #say(): void {
    this.#pause = undefined;
    if (this.#changed.size === 0 || this.#disposed) return;
    this.#pause = this.clock.after(PAUSE_MS, () => this.#say());
    for (const { key, waiting: visitors, watches } of this.#changed) {
      const message = encode({ type: "tally", visitors, moderators: watches.size });
      this.bus.publish(topicOf(key), message).catch(() => {});
    }
    this.#changed.clear();
  }
}
