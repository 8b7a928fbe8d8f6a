import type { Place } from "./place.ts";

/** Who has not been looked after for longer has stood still: what was due then is due no more. */
const STALL_MS = 250;

/** Those who were given their moments by one plan. */
export interface Part {
  readonly places: readonly Place[];
  /** When each of them is due; ascending. */
  readonly moments: readonly number[];
  next: number;
}

/**
 * The part of one conference's release that happens in this isolate: its visitors, each with the
 * moment that a plan gave it, and until when the moments of the conference are taken, here or
 * elsewhere. Times are milliseconds of the caller's clock.
 */
export class Release {
  #parts: Part[] = [];
  #freeAt = -Infinity;
  #ranAt = -Infinity;

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
  schedule(places: readonly Place[], start: number, ranks?: readonly number[]): Part {
    const moments = places.map((_, i) => start + (ranks?.[i] ?? i) * this.intervalMs);
    const part: Part = { places, moments, next: 0 };
    if (places.length > 0) this.#parts.push(part);
    return part;
  }

  /** Takes `count` moments from `start` on: for whoever in whatever isolate has been planned. */
  book(start: number, count: number): void {
    this.bookUntil(start + count * this.intervalMs);
  }

  /** Takes all moments before `end`. */
  bookUntil(end: number): void {
    this.#freeAt = Math.max(this.#freeAt, end);
  }

  /** Takes the moments of `part` back, and all that were booked after `freeAt`. */
  withdraw(part: Part | undefined, freeAt: number): void {
    this.#parts = this.#parts.filter((each) => each !== part);
    this.#freeAt = freeAt;
  }

  /** Takes the moments of all who came after `arrivedAt` back, and returns these. */
  takeBackAfter(arrivedAt: number): Place[] {
    const back: Place[] = [];
    for (const part of this.#parts) {
      const at = part.places.findIndex((place, i) => i >= part.next && place.arrivedAt > arrivedAt);
      if (at < 0) continue;
      back.push(...part.places.slice(at));
      const rest = { places: part.places.slice(0, at), moments: part.moments.slice(0, at) };
      this.#parts = this.#parts.filter((each) => each !== part);
      if (part.next < at) this.#parts.push({ ...rest, next: part.next });
    }
    return back;
  }

  /** True when there is nobody left to tell. */
  get done(): boolean {
    return this.#parts.length === 0;
  }

  /** True when the conference has told nobody for so long that the rate has nothing to remember. */
  idle(now: number): boolean {
    return this.done && now >= this.#freeAt;
  }

  /** When the last of those who are to be told here is due; undefined when there is nobody. */
  get lastAt(): number | undefined {
    if (this.done) return undefined;
    return Math.max(...this.#parts.map(({ moments }) => moments.at(-1)!));
  }

  /**
   * True when somebody was due and nobody looked: the process stood still. To tell at once all whose
   * moments have passed would be too fast, and to tell them later would be at the moments of others.
   */
  stalled(now: number): boolean {
    const part = this.#first;
    if (!part || this.intervalMs === 0) return false;
    return now - Math.max(part.moments[part.next]!, this.#ranAt) > STALL_MS;
  }

  /**
   * Tells at most `most` visitors that are due. Returns true when it stopped at that bound with
   * more of them due, so that the caller can let the event loop breathe and go on.
   */
  run(now: number, most: number, tell: (place: Place) => void): boolean {
    this.#ranAt = now;
    let told = 0;
    for (let part = this.#first; part && told < most; part = this.#first) {
      if (part.moments[part.next]! > now) return false;
      const place = part.places[part.next++]!;
      if (part.next === part.places.length) this.#end(part);
      if (place.state !== "waiting") continue;
      told++;
      tell(place);
    }
    return told >= most;
  }

  /**
   * Forgets everybody, and returns who has not been told. The beat is kept, so that another release
   * right after does not exceed the rate.
   */
  cancel(now: number): Place[] {
    // By moment: a later plan may have come between those of an earlier one.
    const left: (readonly [at: number, place: Place])[] = [];
    for (const { places, moments, next } of this.#parts) {
      for (let i = next; i < places.length; i++) left.push([moments[i]!, places[i]!]);
    }
    if (this.#parts.length > 1) left.sort(([a], [b]) => a - b);
    this.#parts = [];
    this.#freeAt = Math.min(this.#freeAt, now + this.intervalMs);
    return left.map(([, place]) => place);
  }

  /** The part whose next one is due first. There is rarely more than one. */
  get #first(): Part | undefined {
    let [first] = this.#parts;
    for (const part of this.#parts) {
      if (part.moments[part.next]! < first!.moments[first!.next]!) first = part;
    }
    return first;
  }

  #end(part: Part): void {
    this.#parts = this.#parts.filter((each) => each !== part);
  }
}
