/**
 * A carrier for thousands of isolates that counts what it carries, as Redis would: a published
 * message once, and once for each isolate that it reaches.
 *
 * @module
 */

import { Asks } from "../../src/bus/asks.ts";
import type { Answers, Bus, TopicHandler } from "../../src/bus/bus.ts";
import { Listeners } from "../../src/bus/listeners.ts";
import type { Clock } from "../../src/clock.ts";

/** What went over the carrier. */
export interface Traffic {
  /** Commands that carry a message: publications, questions, answers. */
  published: number;
  /** Messages to receivers. */
  delivered: number;
  /** Octets of those. */
  octets: number;
  /** Commands that begin or end a subscription; the driver sends many as one. */
  subscriptions: number;
}

export function noTraffic(): Traffic {
  return { published: 0, delivered: 0, octets: 0, subscriptions: 0 };
}

export class SimNetwork {
  traffic: Traffic = noTraffic();
  readonly #topics = new Map<string, Set<SimBus>>();
  #joined = 0;

  /** @param latencyMs from a sender to a receiver; messages never overtake each other. */
  constructor(readonly clock: Clock, readonly latencyMs: number) {}

  join(): SimBus {
    return new SimBus(this, `isolate-${this.#joined++}`);
  }

  /** Hands a message to `receivers` when it is there. */
  send(octets: number, receivers: readonly SimBus[], arrive: (bus: SimBus) => void): void {
    this.traffic.published++;
    this.traffic.delivered += receivers.length;
    this.traffic.octets += octets * receivers.length;
    if (receivers.length === 0) return;
    this.clock.after(this.latencyMs, () => receivers.forEach(arrive));
  }

  subscribed(topic: string): readonly SimBus[] {
    return [...this.#topics.get(topic) ?? []];
  }

  /** How many isolates are subscribed to anything, summed over all topics. */
  get subscriptions(): number {
    return this.#topics.values().reduce((sum, buses) => sum + buses.size, 0);
  }

  add(topic: string, bus: SimBus): void {
    this.traffic.subscriptions++;
    const buses = this.#topics.get(topic);
    if (buses) buses.add(bus);
    else this.#topics.set(topic, new Set([bus]));
  }

  delete(topic: string, bus: SimBus): void {
    this.traffic.subscriptions++;
    const buses = this.#topics.get(topic);
    buses?.delete(bus);
    if (buses?.size === 0) this.#topics.delete(topic);
  }
}

/** One isolate on a {@linkcode SimNetwork}. Nothing is lost. */
export class SimBus implements Bus {
  readonly #listeners = new Listeners();
  readonly #asks: Asks;

  constructor(readonly network: SimNetwork, readonly id: string) {
    this.#asks = new Asks(network.clock);
  }

  publish(topic: string, payload: string): Promise<void> {
    const receivers = this.network.subscribed(topic);
    this.network.send(payload.length, receivers, (bus) => {
      if (bus !== this) bus.#listeners.hand(topic, payload, this.id);
    });
    return Promise.resolve();
  }

  async ask(topic: string, payload: string, timeoutMs: number): Promise<Answers> {
    const receivers = this.network.subscribed(topic);
    const others = receivers.filter((bus) => bus !== this).length;
    const { n, answers } = this.#asks.start(timeoutMs);
    this.network.send(payload.length, receivers, (bus) => {
      if (bus !== this) bus.#answer(topic, payload, { n, to: this });
    });
    this.#asks.expect(n, (heard) => heard.size >= others);
    return await answers;
  }

  subscribe(topic: string, handler: TopicHandler): Promise<void> {
    this.#listeners.set(topic, handler);
    return new Promise((resolve) => {
      this.network.clock.after(this.network.latencyMs, () => {
        if (this.#listeners.has(topic)) this.network.add(topic, this);
        resolve();
      });
    });
  }

  unsubscribe(topic: string): void {
    if (this.#listeners.delete(topic)) this.network.delete(topic, this);
  }

  onGap(): void {}

  check(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#asks[Symbol.dispose]();
    return Promise.resolve();
  }

  #answer(topic: string, payload: string, { n, to }: { n: number; to: SimBus }): void {
    const answer = this.#listeners.hand(topic, payload, to.id);
    this.network.send(answer?.length ?? 0, [to], () => to.#asks.answer(n, this.id, answer));
  }
}
