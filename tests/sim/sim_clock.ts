import { setImmediate } from "node:timers";
import type { Clock, Timer } from "../../src/time/clock.ts";
import { Heap } from "./heap.ts";

interface Entry {
  due: number;
  /** Of two that are due at once the one that was made first goes first. */
  order: number;
  readonly every: number | undefined;
  readonly fn: () => void;
  ended: boolean;
}

/**
 * A clock that stands still until a test moves it, for thousands of isolates with their timers: what
 * comes next is found in a heap. Whatever runs, runs to its end before time goes on.
 */
export class SimClock implements Clock {
  #now = 1_000_000;
  #wall = Date.UTC(2026, 0, 1);
  #made = 0;
  #running = 0;
  readonly #entries = new Heap<Entry>((a, b) => a.due - b.due || a.order - b.order);

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wall;
  }

  after(ms: number, fn: () => void): Timer {
    return this.#add(ms, undefined, fn);
  }

  every(ms: number, fn: () => void): Timer {
    return this.#add(ms, ms, fn);
  }

  /** How many timers run. */
  get timers(): number {
    return this.#running;
  }

  /** Moves the wall clock alone, as an operator or NTP would. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  /** Moves time by `ms`, firing what comes due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await drained();
    for (let next = this.#take(end); next; next = this.#take(end)) {
      this.#moveTo(next.due);
      this.#fire(next);
      await drained();
    }
    this.#moveTo(end);
  }

  #fire(entry: Entry): void {
    if (entry.every === undefined) {
      this.#end(entry);
    } else {
      entry.due += entry.every;
      entry.order = ++this.#made;
      this.#entries.push(entry);
    }
    entry.fn();
  }

  #add(ms: number, every: number | undefined, fn: () => void): Timer {
    const due = this.#now + Math.max(0, ms);
    const entry: Entry = { due, order: ++this.#made, every, fn, ended: false };
    this.#entries.push(entry);
    this.#running++;
    return { [Symbol.dispose]: () => this.#end(entry) };
  }

  #end(entry: Entry): void {
    if (!entry.ended) this.#running--;
    entry.ended = true;
  }

  /** The next one that is due by `end` and still runs. */
  #take(end: number): Entry | undefined {
    for (let first = this.#entries.first; first && first.due <= end; first = this.#entries.first) {
      this.#entries.pop();
      if (!first.ended) return first;
    }
    return undefined;
  }

  #moveTo(time: number): void {
    const by = Math.max(0, time - this.#now);
    this.#now += by;
    this.#wall += by;
  }
}

/** Lets every promise that is ready settle, however long the chain. */
export function drained(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
