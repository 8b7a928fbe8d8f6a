/**
 * Several isolates of one service in memory: real queues on a network, a store and a clock that the
 * test owns.
 *
 * @module
 */

import type { Metrics } from "../../src/metrics/metrics.ts";
import { noMetrics } from "../support/no_metrics.ts";
import type { ConferenceName } from "../../src/access/conference_name.ts";
import type { ConferenceLive, Subscriber, VisitorsWaiting } from "../../src/queue/events.ts";
import type { Place, Watch } from "../../src/queue/place.ts";
import { Queue, type QueueOptions } from "../../src/queue/queue.ts";
import type { EndOptions, WentLive } from "../../src/queue/view.ts";
import { SimClock } from "../sim/sim_clock.ts";
import { type MemoryBus, MemoryNetwork } from "../support/memory_bus.ts";
import { MemoryStore } from "./memory_store.ts";

export const ROOM = nameOf("townhall@conference.meet.example");

/** The name of a conference, as it comes out of the parser. */
export function nameOf(key: string): ConferenceName {
  return { key, room: key.split("@")[0]!, tenant: undefined, domain: undefined };
}

/** A visitor, and when it was told live. */
export class Visitor implements Subscriber<ConferenceLive> {
  readonly told: number[] = [];
  readonly cameAt: number;
  place!: Place;

  constructor(readonly node: Node, readonly name: ConferenceName, readonly index: number) {
    this.cameAt = node.house.clock.now();
  }

  notify(event: ConferenceLive): void {
    if (event.type !== "conference-live") throw new TypeError("not a visitor's event");
    this.told.push(this.node.house.clock.now());
    this.node.house.told.push(this);
  }

  leave(): void {
    this.place.leave();
  }
}

/** A moderator, and the numbers that it was told. */
export class Moderator implements Subscriber<VisitorsWaiting> {
  readonly counts: { readonly at: number; readonly visitors: number }[] = [];
  watch!: Watch;

  constructor(readonly house: House) {}

  notify({ visitorsWaiting: visitors }: VisitorsWaiting): void {
    this.counts.push({ at: this.house.clock.now(), visitors });
  }

  /** The number as it knows it. */
  get count(): number | undefined {
    return this.counts.at(-1)?.visitors;
  }

  leave(): void {
    this.watch.leave();
  }
}

/** One isolate. */
export class Node {
  constructor(readonly house: House, readonly bus: MemoryBus, readonly queue: Queue) {}

  get id(): string {
    return this.bus.id;
  }

  visitor(name: ConferenceName = ROOM): Visitor {
    const visitor = new Visitor(this, name, this.house.visitors.length);
    visitor.place = this.queue.wait(name, visitor);
    this.house.visitors.push(visitor);
    return visitor;
  }

  visitors(count: number, name?: ConferenceName): Visitor[] {
    return Array.from({ length: count }, () => this.visitor(name));
  }

  moderator(name: ConferenceName = ROOM): Moderator {
    const moderator = new Moderator(this.house);
    moderator.watch = this.queue.watch(name, moderator);
    return moderator;
  }

  goLive(name: ConferenceName = ROOM): Promise<WentLive> {
    return this.queue.goLive(name);
  }

  endLive(name: ConferenceName = ROOM, options?: EndOptions): Promise<boolean> {
    return this.queue.endLive(name, options);
  }

  /** Ends it as `kill -9` would. */
  async kill(): Promise<void> {
    this.house.network.kill(this.id);
    await this.queue[Symbol.asyncDispose]();
  }
}

export interface HouseOptions extends Partial<QueueOptions> {
  readonly nodes?: number;
  /** Milliseconds that a message takes. */
  readonly latency?: number;
}

export class House implements AsyncDisposable {
  readonly clock: SimClock;
  readonly network: MemoryNetwork;
  readonly store: MemoryStore;
  readonly nodes: Node[] = [];
  /** Everybody who came, in that order. */
  readonly visitors: Visitor[] = [];
  /** Everybody who was told, in that order; who was told twice is here twice. */
  readonly told: Visitor[] = [];
  readonly #options: HouseOptions;

  private constructor(options: HouseOptions) {
    this.#options = options;
    this.clock = new SimClock();
    this.store = new MemoryStore(this.clock);
    const { latency = 0 } = options;
    this.network = new MemoryNetwork({ clock: this.clock, delay: () => latency });
  }

  /** Rate 50 and everything else as it is by default, unless said otherwise. */
  static async open(options: HouseOptions = {}): Promise<House> {
    const house = new House(options);
    for (let i = 0; i < (options.nodes ?? 1); i++) await house.join();
    return house;
  }

  /** One more isolate. */
  async join(metrics: Metrics = noMetrics): Promise<Node> {
    const bus = this.network.join(`node-${this.nodes.length}`);
    const opened = Queue.open({
      releaseRate: 50,
      randomDelayMs: 0,
      liveTtlMs: 3_600_000,
      stateIntervalMs: 15_000,
      metrics,
      ...this.#options,
      bus,
      store: this.store,
      clock: this.clock,
    });
    await this.clock.advance(this.#options.latency ?? 0);
    const node = new Node(this, bus, await opened);
    this.nodes.push(node);
    return node;
  }

  /** Moves time; what `of` gives is awaited at its end. */
  async pass<T = void>(ms: number, of?: Promise<T>): Promise<T> {
    await this.clock.advance(ms);
    return await (of as Promise<T>);
  }

  /** The times at which somebody was told. */
  get times(): number[] {
    return this.told.map(({ told }) => told[0]!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { queue, bus } of this.nodes) {
      await queue[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
    }
  }
}
