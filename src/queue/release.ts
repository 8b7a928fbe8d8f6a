import type { Place } from "./place.ts";

/** A stall of the event loop longer than this moves the schedule instead of ending in a burst. */
const STALL_MS = 250;

/**
 * The part of one conference's release that happens in this isolate: its visitors, each with the
 * moment that the plan gave it, and until when the moments of the conference are taken, here or
 * elsewhere. Times are milliseconds of the caller's clock.
 */
export class Release {
  #places: Place[] = [];
  /** When each of them is due, less {@linkcode #lag}; ascending. */
  #moments: number[] = [];
  #next = 0;
  /** By how much stalls have moved those that are left. */
  #lag = 0;
  #freeAt = -Infinity;

  /** @param intervalMs between two visitors of the conference; 0 tells all at once. */
  constructor(readonly intervalMs: number) {}

  /** From when the conference has a moment for one more visitor. */
  get freeAt(): number {
    return this.#freeAt;
  }

  /** How long no moment of the conference is free. */
  busyMs(now: number): number {
    return Math.max(0, this.#freeAt - now);
  }

  /**
   * Gives `places` their moments: the one at rank `n` is told `n` intervals after `start`. Without
   * ranks they are all there are, in their order.
   */
  schedule(places: readonly Place[], start: number, ranks?: readonly number[]): void {
    for (let i = 0; i < places.length; i++) {
      this.#places.push(places[i]!);
      this.#moments.push(start + (ranks?.[i] ?? i) * this.intervalMs - this.#lag);
    }
  }

  /** Takes `count` moments from `start` on: for whoever in whatever isolate has been planned. */
  book(start: number, count: number): void {
    this.#freeAt = Math.max(this.#freeAt, start + count * this.intervalMs);
  }

  /** True when there is nobody left to tell. */
  get done(): boolean {
    return this.#next >= this.#places.length;
  }

  /** True when the conference has told nobody for so long that the rate has nothing to remember. */
  idle(now: number): boolean {
    return this.done && now >= this.#freeAt;
  }

  /**
   * Tells at most `most` visitors that are due. Returns true when it stopped at that bound with
   * more of them due, so that the caller can let the event loop breathe and go on.
   */
  run(now: number, most: number, tell: (place: Place) => void): boolean {
    this.#catchUp(now);
    let told = 0;
    while (!this.done && this.#due <= now && told < most) {
      const place = this.#places[this.#next++]!;
      if (place.state !== "waiting") continue;
      told++;
      tell(place);
    }
    if (this.done) this.#clear();
    return told >= most;
  }

  /**
   * Forgets everybody, and returns who has not been told. The beat is kept, so that another release
   * right after does not exceed the rate.
   */
  cancel(now: number): Place[] {
    const untold = this.#places.slice(this.#next);
    this.#clear();
    this.#freeAt = Math.min(this.#freeAt, now + this.intervalMs);
    return untold;
  }

  /** When the next one is due. */
  get #due(): number {
    return this.#moments[this.#next]! + this.#lag;
  }

  #catchUp(now: number): void {
    if (this.done || this.intervalMs === 0) return;
    const late = now - this.#due;
    if (late <= STALL_MS) return;
    this.#lag += late;
    this.#freeAt += late;
  }

  #clear(): void {
    if (this.#places.length === 0) return;
    this.#places = [];
    this.#moments = [];
    this.#next = this.#lag = 0;
  }
}
