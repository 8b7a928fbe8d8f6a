/**
 * A carrier like the pub/sub of one Redis, which a schedule cuts, holds up and restarts. What is
 * published reaches all receivers in one order; each isolate has its own distance.
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
import type { IsolateClock } from "./isolate_clock.ts";
import type { SimClock } from "./sim_clock.ts";

/** How long an isolate waits for the carrier to take a command. */
const TIMEOUT_MS = 2_000;

/** How an isolate is cut off: its connections ended, or they are silent and look as before. */
export type Cut = "ended" | "silent";

/** The server of the carrier. */
export class FaultyCarrier {
  readonly #buses = new Map<string, FaultyBus>();

  constructor(readonly clock: SimClock) {}

  join(bus: FaultyBus): void {
    this.#buses.set(bus.id, bus);
  }

  leave(bus: FaultyBus): void {
    this.#buses.delete(bus.id);
  }

  get(id: string): FaultyBus | undefined {
    return this.#buses.get(id);
  }

  /** Those that the server has on `topic`. */
  subscribed(topic: string): FaultyBus[] {
    return [...this.#buses.values()].filter((bus) => bus.held(topic));
  }
}

export interface FaultyBusOptions {
  readonly carrier: FaultyCarrier;
  readonly id: string;
  readonly clock: IsolateClock;
  /** One way, milliseconds. */
  readonly distanceMs: number;
}

/** One isolate on a {@linkcode FaultyCarrier}. */
export class FaultyBus implements Bus {
  readonly id: string;
  readonly #options: FaultyBusOptions;
  readonly #listeners = new Listeners((topic) => this.#leave(topic));
  readonly #asks: Asks;
  /** As the server has it. */
  readonly #held = new Set<string>();
  #cut: Cut | undefined;
  #closed = false;
  /** The last that is on its way up and down, so that nothing overtakes. */
  #upAt = 0;
  #downAt = 0;
  /** Until when what comes down is held. */
  #heldUntil = 0;

  constructor(options: FaultyBusOptions) {
    this.id = options.id;
    this.#options = options;
    this.#asks = new Asks(options.clock);
    options.carrier.join(this);
  }

  held(topic: string): boolean {
    return this.#cut !== "ended" && this.#held.has(topic);
  }

  /** Nothing comes to it and nothing it sends arrives, until {@linkcode restore}. */
  cut(how: Cut): void {
    this.#cut = how;
    if (how === "ended") this.#held.clear();
  }

  /** Subscribes everything again, then tells the gap. */
  restore(): void {
    if (!this.#cut) return;
    const { clock, distanceMs } = this.#options;
    clock.base.after(2 * distanceMs, () => {
      this.#cut = undefined;
      for (const topic of this.#listeners.topics()) this.#held.add(topic);
      clock.whenAwake(() => {
        if (!this.#closed) this.#listeners.gap();
      });
    });
  }

  /** Holds what comes to it for `ms`; then it comes all at once. */
  hold(ms: number): void {
    this.#heldUntil = this.#options.clock.now() + ms;
  }

  /** Ends it as `kill -9` would. The server forgets it at once. */
  kill(): void {
    this.#closed = true;
    this.#options.carrier.leave(this);
  }

  async publish(topic: string, payload: string): Promise<void> {
    await this.#command(TIMEOUT_MS, () => {
      for (const bus of this.#options.carrier.subscribed(topic)) {
        if (bus !== this) bus.#receive(() => void bus.#listeners.hand(topic, payload, this.id));
      }
    });
  }

  async ask(topic: string, payload: string, timeoutMs: number): Promise<Answers> {
    const { n, answers } = this.#asks.start(timeoutMs);
    try {
      const others = await this.#command(Math.min(timeoutMs, TIMEOUT_MS), () => {
        const buses = this.#options.carrier.subscribed(topic).filter((bus) => bus !== this);
        for (const bus of buses) bus.#receive(() => bus.#answer({ topic, payload, n, to: this }));
        return buses.length;
      });
      this.#asks.expect(n, (heard) => heard.size >= others);
    } catch (error) {
      this.#asks.cancel(n);
      throw error;
    }
    return await answers;
  }

  async tell(isolate: string, topic: string, payload: string): Promise<boolean> {
    return await this.#command(TIMEOUT_MS, () => {
      const bus = this.#options.carrier.get(isolate);
      if (bus) bus.#receive(() => void bus.#listeners.hand(topic, payload, this.id));
      return bus !== undefined;
    });
  }

  subscribe(topic: string, handler: TopicHandler): Subscription {
    return this.#listeners.subscribe(topic, handler, () => {
      return this.#command(TIMEOUT_MS, () => {
        if (this.#listeners.has(topic)) this.#held.add(topic);
      });
    });
  }

  onGap(handler: () => void): Disposable {
    return this.#listeners.onGap(handler);
  }

  check(): Promise<void> {
    if (!this.#closed && !this.#cut) return Promise.resolve();
    return Promise.reject(new BusError("Cannot reach the carrier"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#options.carrier.leave(this);
    this.#asks[Symbol.dispose]();
    this.#listeners.clear();
    return Promise.resolve();
  }

  #leave(topic: string): void {
    this.#held.delete(topic);
  }

  /** Sends a command up, where `effect` happens, and waits for its answer. */
  #command<T>(timeoutMs: number, effect: () => T): Promise<T> {
    if (this.#closed || this.#cut === "ended") {
      return Promise.reject(new BusError("Cannot reach the carrier"));
    }
    const { clock, distanceMs } = this.#options;
    const { base } = clock;
    return new Promise<T>((resolve, reject) => {
      const timer = clock.after(timeoutMs, () => reject(new BusError("No answer in time")));
      this.#upAt = Math.max(this.#upAt, base.now() + distanceMs);
      base.after(this.#upAt - base.now(), () => {
        if (this.#closed || this.#cut) return;
        const value = effect();
        // An answer to a command comes on the connection that sends, which nothing holds.
        base.after(distanceMs, () => {
          if (this.#closed || this.#cut) return;
          clock.whenAwake(() => {
            timer[Symbol.dispose]();
            resolve(value);
          });
        });
      });
    });
  }

  /** Something is on its way down to this isolate. */
  #receive(arrive: () => void): void {
    const { clock, distanceMs } = this.#options;
    const { base } = clock;
    if (this.#cut) return;
    this.#downAt = Math.max(this.#downAt, base.now() + distanceMs, this.#heldUntil);
    base.after(this.#downAt - base.now(), () => {
      if (this.#closed || this.#cut) return;
      clock.whenAwake(() => {
        if (!this.#closed) arrive();
      });
    });
  }

  #answer({ topic, payload, n, to }: Question): void {
    const known = this.#listeners.has(topic);
    const answer = this.#listeners.hand(topic, payload, to.id);
    this.#command(TIMEOUT_MS, () => {
      to.#receive(() => {
        if (known) to.#asks.answer(n, this.id, answer);
        else to.#asks.absent(n, this.id);
      });
    }).catch(() => {});
  }
}

interface Question {
  readonly topic: string;
  readonly payload: string;
  readonly n: number;
  readonly to: FaultyBus;
}
