import type { Clock, Timer } from "../../src/time/clock.ts";
import type { SimClock } from "./sim_clock.ts";

/**
 * The clock of one isolate, which can stand still as under SIGSTOP: time goes on, and what came due
 * meanwhile comes all at once, late, in its order. Its wall clock may be off.
 */
export class IsolateClock implements Clock {
  #state: "running" | "paused" | "dead" = "running";
  #late: (() => void)[] = [];
  #timers = 0;

  /** @param wallOffsetMs by how much its wall clock is ahead. */
  constructor(readonly base: SimClock, public wallOffsetMs: number) {}

  now(): number {
    return this.base.now();
  }

  wall(): number {
    return this.base.wall() + this.wallOffsetMs;
  }

  after(ms: number, fn: () => void): Timer {
    let ended = false;
    this.#timers++;
    const end = () => {
      if (ended) return false;
      this.#timers--;
      return ended = true;
    };
    const timer = this.base.after(ms, () => this.whenAwake(() => end() && fn()));
    return {
      [Symbol.dispose]: () => {
        end();
        timer[Symbol.dispose]();
      },
    };
  }

  every(ms: number, fn: () => void): Timer {
    let ended = false;
    let waiting = false;
    const timer = this.base.every(ms, () => {
      // A timer of the runtime that missed many of its times fires once.
      if (waiting) return;
      waiting = true;
      this.whenAwake(() => {
        waiting = false;
        if (!ended) fn();
      });
    });
    this.#timers++;
    return {
      [Symbol.dispose]: () => {
        if (!ended) this.#timers--;
        ended = true;
        timer[Symbol.dispose]();
      },
    };
  }

  /** How many timers run. */
  get timers(): number {
    return this.#timers;
  }

  get dead(): boolean {
    return this.#state === "dead";
  }

  /** Does `fn` now, or when the isolate goes on; never once it is dead. */
  whenAwake(fn: () => void): void {
    if (this.#state === "running") fn();
    else if (this.#state === "paused") this.#late.push(fn);
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    const late = this.#late;
    this.#late = [];
    for (const fn of late) this.base.after(0, () => this.whenAwake(fn));
  }

  kill(): void {
    this.#state = "dead";
    this.#late = [];
  }
}
