/** By how much of a slower answer the estimate grows. */
const GROWTH = 1 / 16;
/** Who is farther answers too late for any plan; what took longer was no way, but a standstill. */
const MAX_MS = 250;

/**
 * How far an isolate is from the carrier of the bus, one way, in milliseconds: half of what it takes
 * to join a topic. What comes quickly counts, because load only makes it slower.
 */
export class Distance {
  #ms: number | undefined;

  get ms(): number {
    return this.#ms ?? 0;
  }

  /** A topic was joined after `ms`. */
  measured(ms: number): void {
    const half = ms / 2;
    if (half > MAX_MS) return;
    const known = this.#ms ?? half;
    this.#ms = half < known ? half : known + (half - known) * GROWTH;
  }
}
