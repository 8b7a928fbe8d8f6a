import type { Place } from "./place.ts";

/** A stall of the event loop longer than this moves the schedule instead of ending in a burst. */
const STALL_MS = 250;
/** Another isolate's late visitors count for this long unless it reports again. */
const DEMAND_TTL_MS = 2_500;

/**
 * The part of one conference's release that happens in this isolate: first the planned visitors, each
 * at its place in the line of all isolates, then whoever came later, at this isolate's share of the
 * rate. Times are milliseconds of the caller's clock.
 */
export class Release {
  #planned: readonly Place[] = [];
  #ranks: readonly number[] = [];
  #next = 0;
  #start = 0;
  #late: Place[] = [];
  #lateHead = 0;
  /** From when the conference may tell its next late visitor. */
  #freeAt = -Infinity;
  #others: Map<string, { visitors: number; until: number }> | undefined;

  /** @param intervalMs between two visitors of the conference; 0 tells all at once. */
  constructor(readonly intervalMs: number) {}

  /** Starts telling `places` now, each at its rank; `total` places are planned over all isolates. */
  schedule(places: readonly Place[], ranks: readonly number[], total: number, now: number): void {
    this.#planned = places;
    this.#ranks = ranks;
    this.#next = 0;
    this.#start = now;
    this.#freeAt = Math.max(this.#freeAt, now + total * this.intervalMs);
  }

  /** Adds one to the end of the release. */
  join(place: Place): void {
    this.#late.push(place);
  }

  /** Another isolate has this many late visitors, and the rate is shared in proportion. */
  demand(from: string, visitors: number, now: number): void {
    this.#others ??= new Map();
    if (visitors > 0) this.#others.set(from, { visitors, until: now + DEMAND_TTL_MS });
    else this.#others.delete(from);
  }

  /** Late visitors of this isolate that have not been told; some may have left. */
  get late(): number {
    return this.#late.length - this.#lateHead;
  }

  /** True when there is nobody left to tell. */
  get done(): boolean {
    return this.#next >= this.#planned.length && this.late === 0;
  }

  /** True when the conference has told nobody for so long that the rate has nothing to remember. */
  idle(now: number): boolean {
    return this.done && now > this.#freeAt + this.intervalMs;
  }

  /**
   * Tells at most `most` visitors that are due. Returns true when it stopped at that bound with
   * more of them due, so that the caller can let the event loop breathe and go on.
   */
  run(now: number, most: number, tell: (place: Place) => void): boolean {
    let told = this.#runPlanned(now, most, tell);
    if (told < most) told += this.#runLate(now, most - told, tell);
    return told >= most;
  }

  /** Forgets everybody. The beat is kept, so that a new release right after does not exceed the rate. */
  cancel(now: number): void {
    this.#planned = this.#ranks = [];
    this.#next = 0;
    this.#freeAt = Math.min(this.#freeAt, now + this.intervalMs);
    this.#dropLate(0);
  }

  #runPlanned(now: number, most: number, tell: (place: Place) => void): number {
    const first = this.#due();
    if (first !== undefined && this.intervalMs > 0 && now - first > STALL_MS) {
      this.#start += now - first;
      this.#freeAt += now - first;
    }
    let told = 0;
    for (let due = first; due !== undefined && due <= now && told < most; due = this.#due()) {
      const place = this.#planned[this.#next++]!;
      if (place.state !== "waiting") continue;
      tell(place);
      told++;
    }
    if (this.#next > 0 && this.#next >= this.#planned.length) {
      this.#planned = this.#ranks = [];
      this.#next = 0;
    }
    return told;
  }

  /** When the next planned visitor is due; undefined when there is none. */
  #due(): number | undefined {
    const rank = this.#ranks[this.#next];
    return rank === undefined ? undefined : this.#start + rank * this.intervalMs;
  }

  #runLate(now: number, most: number, tell: (place: Place) => void): number {
    let told = 0;
    while (this.#lateHead < this.#late.length && told < most && this.#freeAt <= now) {
      const place = this.#late[this.#lateHead++]!;
      if (place.state !== "waiting") continue;
      this.#freeAt = this.#take(now);
      tell(place);
      told++;
    }
    if (this.#lateHead >= this.#late.length) this.#dropLate(0);
    else if (this.#lateHead > 1_024 && this.#lateHead * 2 > this.#late.length) {
      this.#dropLate(this.#lateHead);
    }
    return told;
  }

  #dropLate(head: number): void {
    if (this.#late.length > 0) this.#late = head === 0 ? [] : this.#late.slice(head);
    this.#lateHead = 0;
  }

  /** Takes the free moment for one visitor and returns the next one of this isolate. */
  #take(now: number): number {
    let others = 0;
    for (const [id, demand] of this.#others ?? []) {
      if (demand.until > now) others += demand.visitors;
      else this.#others!.delete(id);
    }
    const own = this.late + 1;
    const step = this.intervalMs * (own + others) / own;
    // A moment that passed a tick ago keeps the beat; one long past is no credit for a burst.
    const base = now - this.#freeAt > STALL_MS ? now : this.#freeAt;
    return base + step;
  }
}
