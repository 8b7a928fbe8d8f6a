import type { Clock, Timer } from "../time/clock.ts";
import type { Conference } from "./conference.ts";

/** How often due visitors are looked for: the evenness of a release. */
const TICK_MS = 10;
/**
 * Visitors told in one turn of the event loop, so that beats and requests are not kept waiting. The
 * runtime's own server writes when the turn is over: with few a turn the first is told sooner, and the
 * last one no later.
 */
const SLICE = 64;

/** Runs the releases of all conferences of an isolate on one timer, which stands still without any. */
export class Pacer implements Disposable {
  readonly #active = new Set<Conference>();
  #timer: Timer | undefined;
  #disposed = false;

  constructor(readonly clock: Clock) {}

  /** Takes `conference` in; its first visitor is told in the next turn of the event loop. */
  add(conference: Conference): void {
    if (this.#disposed || this.#active.has(conference)) return;
    this.#active.add(conference);
    this.#timer ??= this.clock.every(TICK_MS, () => this.#tick());
    this.clock.after(0, () => this.#run(conference));
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#active.clear();
    this.#rest();
  }

  #tick(): void {
    for (const conference of this.#active) this.#run(conference);
  }

  #run(conference: Conference): void {
    if (!this.#active.has(conference)) return;
    if (conference.run(this.clock.now(), SLICE)) {
      this.clock.after(0, () => this.#run(conference));
    } else if (conference.line.release.done) {
      this.#active.delete(conference);
      if (this.#active.size === 0) this.#rest();
    }
  }

  #rest(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
