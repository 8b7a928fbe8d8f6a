import type { Clock } from "../../src/time/clock.ts";

/** What work costs a Redis, in microseconds of its one thread. */
export interface ServerCosts {
  /** A command that is read, looked at and answered. */
  readonly command: number;
  /** A message that is put out to one receiver. */
  readonly delivery: number;
  /** An octet of such a message. */
  readonly octet: number;
  /** A key that is read. */
  readonly key: number;
  /** A channel that is subscribed, or subscribed no more. */
  readonly channel: number;
}

/**
 * A Redis as a queue with one server: work is done in the order in which it comes, and what comes
 * while it is busy waits.
 */
export class SimServer {
  /** Milliseconds of work that were taken. */
  workMs = 0;
  #freeAt = -Infinity;

  constructor(readonly clock: Clock, readonly costs: ServerCosts) {}

  /** Takes work in. Gives the milliseconds from now until it is done. */
  take(microseconds: number): number {
    const now = this.clock.now();
    this.workMs += microseconds / 1_000;
    this.#freeAt = Math.max(now, this.#freeAt) + microseconds / 1_000;
    return this.#freeAt - now;
  }
}
