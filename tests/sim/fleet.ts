/**
 * The real queues of a large service on a simulated clock, carrier and store.
 *
 * @module
 */

import { noMetrics } from "../../src/metrics.ts";
import type { ConferenceName } from "../../src/queue/conference_name.ts";
import { Queue } from "../../src/queue/queue.ts";
import { Random } from "../queue/random.ts";
import { noTraffic, SimNetwork, type Traffic } from "./sim_bus.ts";
import { SimClock } from "./sim_clock.ts";
import { noStoreTraffic, SimStore, type StoreTraffic } from "./sim_store.ts";

export interface FleetOptions {
  /** Workers of all machines together. */
  readonly isolates: number;
  /** From an isolate to another, or to the store, milliseconds. */
  readonly latencyMs?: number;
  readonly releaseRate?: number;
  readonly stateIntervalMs?: number;
  readonly seed?: number;
}

/** A visitor's way, by the clock of the fleet. */
export interface Told {
  readonly conference: number;
  readonly cameAt: number;
  readonly toldAt: number;
}

/** What went on within a time. */
export interface Usage extends Traffic, StoreTraffic {
  readonly seconds: number;
}

export class Fleet implements AsyncDisposable {
  readonly clock: SimClock = new SimClock();
  readonly network: SimNetwork;
  readonly store: SimStore;
  readonly random: Random;
  readonly told: Told[] = [];
  readonly #queues: Queue[] = [];

  private constructor({ latencyMs = 1, seed = 1 }: FleetOptions) {
    this.network = new SimNetwork(this.clock, latencyMs);
    this.store = new SimStore(this.clock, latencyMs);
    this.random = new Random(seed);
  }

  static async open(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    const { clock, network, store } = fleet;
    const opening = Array.from({ length: options.isolates }, () =>
      Queue.open({
        bus: network.join(),
        store,
        clock,
        metrics: noMetrics,
        releaseRate: options.releaseRate ?? 50,
        randomDelayMs: 0,
        liveTtlMs: 3_600_000,
        stateIntervalMs: options.stateIntervalMs ?? 15_000,
      }));
    await clock.advance(network.latencyMs);
    fleet.#queues.push(...await Promise.all(opening));
    return fleet;
  }

  /** A visitor subscribes on any isolate. */
  visitor(conference: number): void {
    const cameAt = this.clock.now();
    this.random.of(this.#queues).wait(nameOf(conference), {
      notify: () => void this.told.push({ conference, cameAt, toldAt: this.clock.now() }),
    });
  }

  moderator(conference: number): void {
    this.random.of(this.#queues).watch(nameOf(conference), { notify() {} });
  }

  /** Resolves with how long the answer took, in milliseconds. */
  async goLive(conference: number): Promise<number> {
    const from = this.clock.now();
    await this.random.of(this.#queues).goLive(nameOf(conference));
    return this.clock.now() - from;
  }

  /** Lets `ms` pass and says what was used in it. */
  async use(ms: number): Promise<Usage> {
    this.network.traffic = noTraffic();
    this.store.traffic = noStoreTraffic();
    await this.clock.advance(ms);
    return { ...this.network.traffic, ...this.store.traffic, seconds: ms / 1_000 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const queue of this.#queues) await queue[Symbol.asyncDispose]();
  }
}

function nameOf(conference: number): ConferenceName {
  const room = `conference-${conference}`;
  const domain = "conference.meet.example";
  return { key: `${room}@${domain}`, room, tenant: undefined, domain };
}
