/**
 * A service whose every step on the way to and from the bus and the store waits until the test lets
 * it happen, so that a test can try all orders in which they could happen.
 *
 * It is modelled on Redis: an isolate has one connection to publish, one to subscribe and receive,
 * and one to the store; each keeps its order, and none waits for another.
 *
 * @module
 */

import { Asks } from "../../src/bus/asks.ts";
import {
  type Answers,
  type Bus,
  BusError,
  type Subscription,
  type TopicHandler,
} from "../../src/bus/bus.ts";
import { Listeners } from "../../src/bus/listeners.ts";
import {
  type DeleteOptions,
  type Entry,
  type SetOptions,
  type Store,
  StoreError,
  type Version,
} from "../../src/store/store.ts";
import { SimClock } from "../sim/sim_clock.ts";
import { MemoryEntries } from "../support/memory_entries.ts";

/** Chooses one of `count` steps that could happen next. */
export type Choose = (count: number) => number;

/** Steps that wait, in lanes: a step waits for those before it in its lane, and for nothing else. */
export class Steps {
  readonly clock: SimClock = new SimClock();
  readonly #lanes = new Map<string, (() => void)[]>();

  add(lane: string, step: () => void): void {
    const steps = this.#lanes.get(lane);
    if (steps) steps.push(step);
    else this.#lanes.set(lane, [step]);
  }

  /** Drops what waits in the lanes of an isolate. */
  drop(id: string): void {
    for (const lane of [...this.#lanes.keys()]) {
      if (lane.endsWith(`:${id}`)) this.#lanes.delete(lane);
    }
  }

  /** Lets one step happen after the other, in an order of `choose`, until none waits. */
  async run(choose: Choose): Promise<void> {
    await this.clock.advance(0);
    while (this.#lanes.size > 0) {
      const lanes = [...this.#lanes.keys()];
      const lane = lanes[lanes.length > 1 ? choose(lanes.length) : 0]!;
      const steps = this.#lanes.get(lane)!;
      const step = steps.shift()!;
      if (steps.length === 0) this.#lanes.delete(lane);
      step();
      await this.clock.advance(0);
    }
  }
}

/** The carrier and the database: what all isolates share. */
export class World {
  readonly steps: Steps = new Steps();
  readonly entries = new MemoryEntries();
  readonly buses = new Map<string, ModelBus>();

  /** The isolate is gone, and so is what was on its way from it and to it. */
  kill(id: string): void {
    this.buses.delete(id);
    this.steps.drop(id);
  }
}

export class ModelBus implements Bus {
  readonly #listeners = new Listeners((topic) => this.topics.delete(topic));
  readonly #asks: Asks;
  /** Topics that the carrier knows of. */
  readonly topics = new Set<string>();

  constructor(readonly world: World, readonly id: string) {
    this.#asks = new Asks(world.steps.clock);
    world.buses.set(id, this);
  }

  publish(topic: string, payload: string): Promise<void> {
    return this.#command((resolve) => {
      for (const bus of this.#others(topic)) bus.#receive(() => bus.#hand(topic, payload, this.id));
      resolve();
    });
  }

  async ask(topic: string, payload: string, timeoutMs: number): Promise<Answers> {
    const { n, answers } = this.#asks.start(timeoutMs);
    await this.#command<void>((resolve) => {
      const others = this.#others(topic);
      for (const bus of others) bus.#receive(() => bus.#answer({ topic, payload, n, to: this }));
      this.#asks.expect(n, (heard) => heard.size >= others.length);
      resolve();
    });
    return await answers;
  }

  tell(isolate: string, topic: string, payload: string): Promise<boolean> {
    return this.#command((resolve) => {
      const bus = this.world.buses.get(isolate);
      if (bus) bus.#receive(() => bus.#hand(topic, payload, this.id));
      resolve(bus !== undefined);
    });
  }

  subscribe(topic: string, handler: TopicHandler): Subscription {
    return this.#listeners.subscribe(topic, handler, () => {
      return new Promise((resolve) => {
        this.world.steps.add(`sub:${this.id}`, () => {
          this.topics.add(topic);
          this.#receive(resolve);
        });
      });
    });
  }

  onGap(handler: () => void): Disposable {
    return this.#listeners.onGap(handler);
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.world.kill(this.id);
    this.#asks[Symbol.dispose]();
    return Promise.resolve();
  }

  #others(topic: string): ModelBus[] {
    return [...this.world.buses.values()].filter((bus) => {
      return bus !== this && bus.topics.has(topic);
    });
  }

  #command<T>(effect: (resolve: (value: T) => void) => void): Promise<T> {
    if (!this.world.buses.has(this.id)) return Promise.reject(new BusError("Killed"));
    return new Promise((resolve) => {
      this.world.steps.add(`pub:${this.id}`, () => effect(resolve));
    });
  }

  #receive(step: () => void): void {
    this.world.steps.add(`in:${this.id}`, step);
  }

  #hand(topic: string, payload: string, from: string): string | undefined {
    return this.#listeners.hand(topic, payload, from);
  }

  #answer({ topic, payload, n, to }: Question): void {
    const answer = this.#hand(topic, payload, to.id);
    this.world.steps.add(`pub:${this.id}`, () => {
      if (!this.world.buses.has(to.id)) return;
      to.#receive(() => to.#asks.answer(n, this.id, answer));
    });
  }
}

interface Question {
  readonly topic: string;
  readonly payload: string;
  readonly n: number;
  readonly to: ModelBus;
}

/** The store as one isolate reaches it; times to live are left out. */
export class ModelStore implements Store {
  constructor(readonly world: World, readonly id: string) {}

  get(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    return this.#call(() => keys.map((key) => this.world.entries.get(key)));
  }

  // Whoever writes does nothing until the answer is there, so that the way back adds no order.

  set(key: string, value: string, { ifVersion }: SetOptions = {}): Promise<Version | undefined> {
    return this.#write(() => this.world.entries.set(key, value, { ifVersion }));
  }

  delete(key: string, options?: DeleteOptions): Promise<boolean> {
    return this.#write(() => this.world.entries.delete(key, options));
  }

  keys(prefix: string, limit: number): Promise<string[]> {
    return this.#call(() => this.world.entries.keys(prefix, limit));
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #call<T>(effect: () => T): Promise<T> {
    const value = await this.#write(effect);
    return await new Promise((resolve) => {
      this.world.steps.add(`reply:${this.id}`, () => resolve(value));
    });
  }

  #write<T>(effect: () => T): Promise<T> {
    const { steps, buses } = this.world;
    if (!buses.has(this.id)) return Promise.reject(new StoreError("Killed"));
    return new Promise((resolve) => {
      steps.add(`store:${this.id}`, () => {
        resolve(effect());
      });
    });
  }
}

/**
 * Calls `run` once for each order of the steps in it, at most `most` times. Returns how often.
 *
 * @throws {Error} there are more.
 */
export async function everyOrder(
  most: number,
  run: (choose: Choose) => Promise<void>,
): Promise<number> {
  const path: { choice: number; count: number }[] = [];
  for (let runs = 1; runs <= most; runs++) {
    let depth = 0;
    await run((count) => {
      if (depth === path.length) path.push({ choice: 0, count });
      return path[depth++]!.choice;
    });
    while (path.length > 0 && path.at(-1)!.choice + 1 === path.at(-1)!.count) path.pop();
    if (path.length === 0) return runs;
    path.at(-1)!.choice++;
  }
  throw new Error(`More than ${most} orders`);
}
