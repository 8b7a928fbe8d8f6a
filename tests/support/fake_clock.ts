import type { Clock, Timer } from "../../src/time/clock.ts";

interface Entry {
  due: number;
  readonly every: number | undefined;
  readonly fn: () => void;
}

/** A clock that stands still until a test moves it. Timers fire in the order in which they are due. */
export class FakeClock implements Clock {
  #now = 1_000_000;
  #wall = Date.UTC(2026, 0, 1);
  readonly #entries = new Set<Entry>();

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wall;
  }

  after(ms: number, fn: () => void): Timer {
    return this.#add({ due: this.#now + ms, every: undefined, fn });
  }

  every(ms: number, fn: () => void): Timer {
    return this.#add({ due: this.#now + ms, every: ms, fn });
  }

  /** How many timers run. */
  get timers(): number {
    return this.#entries.size;
  }

  /** Moves the wall clock alone, as an operator or NTP would. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  /** Moves time by `ms`, firing what comes due on the way; promises settle between the firings. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#moveTo(next.due);
      if (next.every === undefined) this.#entries.delete(next);
      else next.due += next.every;
      next.fn();
      await settle();
    }
    this.#moveTo(end);
  }

  #add(entry: Entry): Timer {
    this.#entries.add(entry);
    return { [Symbol.dispose]: () => void this.#entries.delete(entry) };
  }

  #moveTo(time: number): void {
    const by = Math.max(0, time - this.#now);
    this.#now += by;
    this.#wall += by;
  }

  #next(end: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.due <= end && (!first || entry.due < first.due)) first = entry;
    }
    return first;
  }
}

/** Lets promises that are ready settle, several links of a chain deep. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
