/**
 * A carrier for thousands of isolates that counts what it carries, as Redis would: a published
 * message once, and once for each isolate that it reaches.
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
import { encodeWire, type WireKind } from "../../src/bus/redis_wire.ts";
import type { Clock } from "../../src/time/clock.ts";
import type { SimServer } from "./sim_server.ts";

/** How long an isolate waits for Redis to take a command. */
const TIMEOUT_MS = 2_000;
/** Isolates differ in their distance by as many steps. */
const DISTANCES = 8;

/** What went over the carrier. */
export interface Traffic {
  /** Commands that carry a message: publications, questions, answers. */
  published: number;
  /** Messages to receivers. */
  delivered: number;
  /** Octets of those. */
  octets: number;
  /** Channels that were subscribed, or subscribed no more; the driver sends many as one command. */
  channels: number;
}

export function noTraffic(): Traffic {
  return { published: 0, delivered: 0, octets: 0, channels: 0 };
}

export interface SimNetworkOptions {
  readonly clock: Clock;
  /** Between an isolate and the carrier, one way, milliseconds. */
  readonly latencyMs: number;
  /** The isolate that is farthest from the carrier is farther than the nearest by this. */
  readonly spreadMs?: number | undefined;
  /** Where the work of the carrier takes time. Without it a carrier is as fast as it is asked. */
  readonly server?: SimServer | undefined;
}

/** A message on its way. */
interface Sending {
  readonly from: SimBus;
  readonly kind: WireKind;
  readonly payload: string;
  readonly receivers: readonly SimBus[];
  readonly arrive: (bus: SimBus) => void;
}

export class SimNetwork {
  traffic: Traffic = noTraffic();
  readonly clock: Clock;
  readonly #options: SimNetworkOptions;
  readonly #topics = new Map<string, Set<SimBus>>();
  readonly #buses = new Map<string, SimBus>();
  #joined = 0;

  constructor(options: SimNetworkOptions) {
    this.#options = options;
    this.clock = options.clock;
  }

  join(): SimBus {
    const { latencyMs, spreadMs = 0 } = this.#options;
    const n = this.#joined++;
    const distanceMs = latencyMs + spreadMs * (n % DISTANCES) / (DISTANCES - 1);
    // As long as the random ids of production, for the sake of octets.
    const bus = new SimBus(this, `isolate-${n}-`.padEnd(36, "0"), distanceMs);
    this.#buses.set(bus.id, bus);
    return bus;
  }

  get(id: string): SimBus | undefined {
    return this.#buses.get(id);
  }

  leave(bus: SimBus): void {
    this.#buses.delete(bus.id);
  }

  /** Carries a message. Gives the milliseconds until the carrier has told the sender that it did. */
  send({ from, kind, payload, receivers, arrive }: Sending): number {
    const octets = encodeWire({ kind, from: from.id, n: 1, payload }).length;
    this.traffic.published++;
    this.traffic.delivered += receivers.length;
    this.traffic.octets += octets * receivers.length;
    const sentMs = this.#work(octets, receivers.length) + from.distanceMs;
    // Distances stay as they are, so a message never overtakes an earlier one of the same pair.
    for (const [distanceMs, buses] of Map.groupBy(receivers, (bus) => bus.distanceMs)) {
      this.clock.after(sentMs + distanceMs, () => buses.forEach(arrive));
    }
    return sentMs + from.distanceMs;
  }

  subscribed(topic: string): readonly SimBus[] {
    return [...this.#topics.get(topic) ?? []];
  }

  /** How many isolates are subscribed to anything, summed over all topics. */
  get subscriptions(): number {
    return this.#topics.values().reduce((sum, buses) => sum + buses.size, 0);
  }

  /** Gives the milliseconds until the subscription is confirmed. */
  add(topic: string, bus: SimBus): number {
    const buses = this.#topics.get(topic);
    if (buses) buses.add(bus);
    else this.#topics.set(topic, new Set([bus]));
    return this.#channel() + 2 * bus.distanceMs;
  }

  delete(topic: string, bus: SimBus): void {
    const buses = this.#topics.get(topic);
    if (!buses?.delete(bus)) return;
    this.#channel();
    if (buses.size === 0) this.#topics.delete(topic);
  }

  #work(octets: number, receivers: number): number {
    const { server } = this.#options;
    if (!server) return 0;
    const { command, delivery, octet } = server.costs;
    return server.take(command + receivers * (delivery + octets * octet));
  }

  #channel(): number {
    const { server } = this.#options;
    this.traffic.channels++;
    return server?.take(server.costs.channel) ?? 0;
  }
}

/** One isolate on a {@linkcode SimNetwork}. Nothing is lost. */
export class SimBus implements Bus {
  readonly #listeners = new Listeners((topic) => this.network.delete(topic, this));
  readonly #asks: Asks;
  #closed = false;

  constructor(readonly network: SimNetwork, readonly id: string, readonly distanceMs: number) {
    this.#asks = new Asks(network.clock);
  }

  async publish(topic: string, payload: string): Promise<void> {
    await this.check();
    const takenMs = this.network.send({
      from: this,
      kind: "publish",
      payload,
      receivers: this.network.subscribed(topic),
      arrive: (bus) => bus !== this && bus.#listeners.hand(topic, payload, this.id),
    });
    await this.#taken(takenMs, TIMEOUT_MS);
  }

  async ask(topic: string, payload: string, timeoutMs: number): Promise<Answers> {
    await this.check();
    const { n, answers } = this.#asks.start(timeoutMs);
    const receivers = this.network.subscribed(topic);
    const others = receivers.filter((bus) => bus !== this).length;
    const takenMs = this.network.send({
      from: this,
      kind: "ask",
      payload,
      receivers,
      arrive: (bus) => bus !== this && bus.#answer(topic, payload, { n, to: this }),
    });
    try {
      await this.#taken(takenMs, Math.min(timeoutMs, TIMEOUT_MS));
      this.#asks.expect(n, (heard) => heard.size >= others);
    } catch (error) {
      this.#asks.cancel(n);
      throw error;
    }
    return await answers;
  }

  async tell(isolate: string, topic: string, payload: string): Promise<boolean> {
    await this.check();
    const receiver = this.network.get(isolate);
    const takenMs = this.network.send({
      from: this,
      kind: "tell",
      payload: topic + payload,
      receivers: receiver ? [receiver] : [],
      arrive: (bus) => bus.#listeners.hand(topic, payload, this.id),
    });
    await this.#taken(takenMs, TIMEOUT_MS);
    return receiver !== undefined;
  }

  subscribe(topic: string, handler: TopicHandler): Subscription {
    return this.#listeners.subscribe(topic, handler, async () => {
      await this.check();
      await this.#join(topic);
    });
  }

  /** Nothing is lost. */
  onGap(handler: () => void): Disposable {
    return this.#listeners.onGap(handler);
  }

  check(): Promise<void> {
    return this.#closed ? Promise.reject(new BusError("The bus is closed")) : Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const topic of this.#listeners.topics()) this.network.delete(topic, this);
    this.network.leave(this);
    this.#listeners.clear();
    this.#asks[Symbol.dispose]();
    return Promise.resolve();
  }

  #join(topic: string): Promise<void> {
    return new Promise((resolve) => {
      this.network.clock.after(this.distanceMs, () => {
        if (!this.#listeners.has(topic)) return resolve();
        const confirmedMs = this.network.add(topic, this) - this.distanceMs;
        this.network.clock.after(confirmedMs, resolve);
      });
    });
  }

  /** Waits for the carrier's word that it took a command, as long as the driver would. */
  #taken(takenMs: number, limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = takenMs > limitMs;
      this.network.clock.after(Math.min(takenMs, limitMs), () => {
        if (late) reject(new BusError(`Cannot publish: no answer in ${limitMs} ms`));
        else resolve();
      });
    });
  }

  #answer(topic: string, payload: string, { n, to }: { n: number; to: SimBus }): void {
    const answer = this.#listeners.hand(topic, payload, to.id);
    this.network.send({
      from: this,
      kind: answer === undefined ? "none" : "answer",
      payload: answer ?? "",
      receivers: [to],
      arrive: () => to.#asks.answer(n, this.id, answer),
    });
  }
}
