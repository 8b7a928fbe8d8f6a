import type { Bus } from "../bus/bus.ts";
import type { Clock, Timer } from "../time/clock.ts";
import type { Conference } from "./conference.ts";
import type { Counts } from "./counts.ts";
import { CONFERENCES } from "./messages.ts";
import { noteUnreachable } from "./unreachable.ts";

/** Changes of a tally within this time of the last one are said as one. */
const PAUSE_MS = 20;

/** Says this isolate's tallies unasked. One that is lost is followed by another. */
export class Announcer implements Disposable {
  readonly #changed = new Set<Conference>();
  #pause: Timer | undefined;
  #disposed = false;

  constructor(readonly bus: Bus, readonly clock: Clock, readonly counts: Counts) {}

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
    for (const conference of this.#changed) {
      const { key } = conference;
      CONFERENCES.of(key).publish(this.bus, { type: "tally", ...this.counts.own(conference) })
        .catch((error) => noteUnreachable(`tell how many wait for ${key}`, error));
    }
    this.#changed.clear();
  }
}
