/**
 * A bus in memory, for tests and simulations that decide what is late, what is lost and who is cut
 * off.
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
import type { Clock } from "../../src/time/clock.ts";

/** The other end of a `subscribe`, for {@linkcode MemoryNetworkOptions.delay}. */
export const CARRIER = "carrier";

export interface MemoryNetworkOptions {
  clock: Clock;
  /**
   * Milliseconds that a message takes, 0 by default: it arrives when the current turn is over. A
   * later message never overtakes an earlier one of the same pair. From an isolate to
   * {@linkcode CARRIER} it is the time until a subscription holds.
   */
  delay?: (from: string, to: string) => number;
  /** Whether a message (a publication, ask, answer or what one isolate is told) is lost. Default: none is. */
  drop?: (from: string, to: string, topic: string) => boolean;
}

/** What the isolates of one service are joined by. */
export class MemoryNetwork {
  delay: (from: string, to: string) => number;
  drop: (from: string, to: string, topic: string) => boolean;
  readonly clock: Clock;
  readonly #nodes = new Map<string, MemoryBus>();
  readonly #arrivals = new Map<string, number>();
  /** Isolates in different groups do not hear each other. */
  #groups: ReadonlyMap<string, number> = new Map();
  readonly #cut = new Set<string>();

  constructor({ clock, delay = () => 0, drop = () => false }: MemoryNetworkOptions) {
    this.clock = clock;
    this.delay = delay;
    this.drop = drop;
  }

  join(id: string = crypto.randomUUID()): MemoryBus {
    if (this.#nodes.has(id)) throw new TypeError(`Isolate ${id} has joined already`);
    const bus = new MemoryBus(this, id);
    this.#nodes.set(id, bus);
    return bus;
  }

  /** Parts the isolates into groups that lose what they send each other. Nobody is told. */
  partition(...groups: string[][]): void {
    this.#groups = new Map(groups.flatMap((ids, group) => ids.map((id) => [id, group] as const)));
  }

  /** Ends {@linkcode partition}; every isolate is told of a gap. */
  heal(): void {
    this.#groups = new Map();
    for (const bus of this.#nodes.values()) bus.restored();
  }

  /** Takes the carrier away from an isolate: what it sends fails, and nothing reaches it. */
  cut(id: string): void {
    this.#cut.add(id);
  }

  /** Ends {@linkcode cut}; the isolate is told of the gap. */
  restore(id: string): void {
    if (this.#cut.delete(id)) this.#nodes.get(id)?.restored();
  }

  /** Ends an isolate as `kill -9` would: it says nothing, and nobody waits for it for ever. */
  kill(id: string): void {
    this.#nodes.delete(id);
  }

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  isCut(id: string): boolean {
    return this.#cut.has(id);
  }

  /** The isolates for whom a subscription to `topic` holds, except `from`. */
  subscribers(topic: string, from: string): MemoryBus[] {
    return [...this.#nodes.values()].filter((bus) => {
      return bus.id !== from && !this.#cut.has(bus.id) && bus.holds(topic);
    });
  }

  /** Calls `arrive` on isolate `to` when the message is there, if it gets there. */
  send(from: string, to: string, topic: string, arrive: (bus: MemoryBus) => void): void {
    if (this.drop(from, to, topic)) return;
    this.afterDelay(from, to, () => {
      const bus = this.#nodes.get(to);
      const parted = this.#groups.get(from) !== this.#groups.get(to);
      if (bus && !parted && !this.#cut.has(to)) arrive(bus);
    });
  }

  afterDelay(from: string, to: string, fn: () => void): void {
    const pair = JSON.stringify([from, to]);
    const now = this.clock.now();
    const due = Math.max(now + this.delay(from, to), this.#arrivals.get(pair) ?? now);
    this.#arrivals.set(pair, due);
    if (due > now) this.clock.after(due - now, fn);
    else queueMicrotask(fn);
  }
}

/** One isolate on a {@linkcode MemoryNetwork}. */
export class MemoryBus implements Bus {
  readonly id: string;
  readonly #network: MemoryNetwork;
  readonly #listeners = new Listeners((topic) => this.#holding.delete(topic));
  readonly #asks: Asks;
  /** Topics whose subscription holds. */
  readonly #holding = new Set<string>();
  #closed = false;

  constructor(network: MemoryNetwork, id: string) {
    this.#network = network;
    this.id = id;
    this.#asks = new Asks(network.clock);
  }

  async publish(topic: string, payload: string): Promise<void> {
    await this.check();
    for (const { id } of this.#network.subscribers(topic, this.id)) {
      this.#network.send(this.id, id, topic, (bus) => void bus.#take(topic, payload, this.id));
    }
  }

  async ask(topic: string, payload: string, timeoutMs: number): Promise<Answers> {
    await this.check();
    const others = this.#network.subscribers(topic, this.id);
    const { n, answers } = this.#asks.start(timeoutMs);
    for (const { id } of others) {
      this.#network.send(this.id, id, topic, (bus) => {
        const absent = !bus.#listeners.has(topic);
        const answer = bus.#take(topic, payload, this.id);
        this.#network.send(id, this.id, topic, ({ id: to }) => {
          if (to !== this.id) return;
          if (absent) this.#asks.absent(n, id);
          else this.#asks.answer(n, id, answer);
        });
      });
    }
    const asked = new Set(others.map(({ id }) => id));
    this.#asks.expect(n, (heard) => asked.isSubsetOf(heard));
    return await answers;
  }

  async tell(isolate: string, topic: string, payload: string): Promise<boolean> {
    await this.check();
    this.#network.send(this.id, isolate, topic, (bus) => void bus.#take(topic, payload, this.id));
    return this.#network.has(isolate);
  }

  subscribe(topic: string, handler: TopicHandler): Subscription {
    return this.#listeners.subscribe(topic, handler, async () => {
      await this.check();
      await this.#hold(topic);
    });
  }

  onGap(handler: () => void): Disposable {
    return this.#listeners.onGap(handler);
  }

  check(): Promise<void> {
    if (!this.#closed && !this.#network.isCut(this.id)) return Promise.resolve();
    return Promise.reject(new BusError("Cannot reach the network"));
  }

  /** Whether what others publish on `topic` from now on arrives. */
  holds(topic: string): boolean {
    return this.#holding.has(topic);
  }

  /** Subscribes everything again, then tells the gap. */
  restored(): void {
    for (const topic of this.#listeners.topics()) this.#holding.add(topic);
    this.#listeners.gap();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#network.kill(this.id);
    this.#asks[Symbol.dispose]();
    this.#listeners.clear();
    return Promise.resolve();
  }

  #hold(topic: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#network.afterDelay(this.id, CARRIER, () => {
        if (this.#network.isCut(this.id)) return reject(new BusError("Cannot reach the network"));
        if (this.#listeners.has(topic)) this.#holding.add(topic);
        resolve();
      });
    });
  }

  #take(topic: string, payload: string, from: string): string | undefined {
    return this.#listeners.hand(topic, payload, from);
  }
}
