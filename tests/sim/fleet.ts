/**
 * The real queues of a large service on a simulated clock, carrier and store.
 *
 * @module
 */

import { noMetrics } from "../support/no_metrics.ts";
import type { ConferenceName } from "../../src/access/conference_name.ts";
import { CONFERENCES } from "../../src/queue/messages.ts";
import type { Place } from "../../src/queue/place.ts";
import { Queue } from "../../src/queue/queue.ts";
import { Random } from "../queue/random.ts";
import { noTraffic, SimNetwork, type Traffic } from "./sim_bus.ts";
import { SimClock } from "./sim_clock.ts";
import { type ServerCosts, SimServer } from "./sim_server.ts";
import { noStoreTraffic, SimStore, type StoreTraffic } from "./sim_store.ts";

export interface FleetOptions {
  /** Workers of all machines together. */
  readonly isolates: number;
  /** From an isolate to Redis, one way, milliseconds. */
  readonly latencyMs?: number | undefined;
  /** How much farther the farthest isolate is. */
  readonly spreadMs?: number | undefined;
  /** What Redis can do; without it there is no bound. */
  readonly costs?: ServerCosts | undefined;
  /** Over how long the isolates start one after the other, so that their timers are not in step. */
  readonly startOverMs?: number | undefined;
  readonly releaseRate?: number | undefined;
  readonly stateIntervalMs?: number | undefined;
  readonly maxVisitorsPerConference?: number | undefined;
  readonly seed?: number | undefined;
}

/** A visitor's way, by the clock of the fleet. */
export interface Told {
  /** The how manieth visitor it was. */
  readonly visitor: number;
  readonly conference: number;
  readonly cameAt: number;
  readonly toldAt: number;
}

/** What went on within a time. */
export interface Usage extends Traffic, StoreTraffic {
  readonly seconds: number;
  /** Milliseconds of work for Redis, where it costs any. */
  readonly workMs: number;
}

export interface GoLive {
  /** How long the answer took, milliseconds. */
  readonly answerMs: number;
  readonly visitorsWaiting: number;
}

export class Fleet implements AsyncDisposable {
  readonly clock: SimClock = new SimClock();
  readonly server: SimServer | undefined;
  readonly network: SimNetwork;
  readonly store: SimStore;
  readonly random: Random;
  readonly told: Told[] = [];
  readonly #chance: Random;
  readonly #queues: Queue[] = [];
  #visitors = 0;

  private constructor({ latencyMs = 0.5, spreadMs, costs, seed = 1 }: FleetOptions) {
    const { clock } = this;
    const server = this.server = costs && new SimServer(clock, costs);
    this.network = new SimNetwork({ clock, latencyMs, spreadMs, server });
    this.store = new SimStore({ clock, latencyMs, server });
    this.random = new Random(seed);
    this.#chance = new Random(seed + 1);
  }

  static async open(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    const opening: Promise<Queue>[] = [];
    const pauseMs = (options.startOverMs ?? 0) / options.isolates;
    for (let i = 0; i < options.isolates; i++) {
      opening.push(fleet.#open(options));
      if (pauseMs > 0) await fleet.clock.advance(pauseMs);
    }
    await fleet.clock.advance(100);
    fleet.#queues.push(...await Promise.all(opening));
    return fleet;
  }

  get isolates(): number {
    return this.#queues.length;
  }

  /** Isolates that have `conference`. */
  isolatesOf(conference: number): number {
    return this.network.subscribed(CONFERENCES.of(nameOf(conference).key).name).length;
  }

  /** A visitor subscribes, on any isolate unless one is given. */
  visitor(conference: number, isolate?: number): Place {
    const visitor = this.#visitors++;
    const cameAt = this.clock.now();
    return this.#queue(isolate).wait(nameOf(conference), {
      notify: () => void this.told.push({ visitor, conference, cameAt, toldAt: this.clock.now() }),
    });
  }

  visitors(count: number, conference: number): void {
    for (let i = 0; i < count; i++) this.visitor(conference);
  }

  /** A moderator watches, on any isolate unless one is given; `counts` gets what it is told. */
  moderator(
    conference: number,
    { isolate, counts }: { isolate?: number; counts?: number[] } = {},
  ): void {
    this.#queue(isolate).watch(nameOf(conference), {
      notify: ({ visitorsWaiting }) => void counts?.push(visitorsWaiting),
    });
  }

  /** Goes live by any isolate unless one is given. Time must pass until it resolves. */
  async goLive(conference: number, isolate?: number): Promise<GoLive> {
    const from = this.clock.now();
    const { visitorsWaiting } = await this.#queue(isolate).goLive(nameOf(conference));
    return { answerMs: this.clock.now() - from, visitorsWaiting };
  }

  async endLive(conference: number, isolate?: number): Promise<void> {
    await this.#queue(isolate).endLive(nameOf(conference));
  }

  /** What an operator gets from `/conferences`. */
  async list(isolate?: number): Promise<number> {
    return (await this.#queue(isolate).list()).length;
  }

  /** Lets `act` begin and `ms` pass, and says what was used meanwhile. */
  async use(ms: number, act?: () => unknown): Promise<Usage> {
    this.network.traffic = noTraffic();
    this.store.traffic = noStoreTraffic();
    const before = this.server?.workMs ?? 0;
    act?.();
    await this.clock.advance(ms);
    const workMs = (this.server?.workMs ?? 0) - before;
    return { ...this.network.traffic, ...this.store.traffic, workMs, seconds: ms / 1_000 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const queue of this.#queues) await queue[Symbol.asyncDispose]();
  }

  #queue(isolate: number | undefined): Queue {
    return isolate === undefined ? this.random.of(this.#queues) : this.#queues[isolate]!;
  }

  #open(options: FleetOptions): Promise<Queue> {
    const { clock, network, store } = this;
    return Queue.open({
      bus: network.join(),
      store,
      clock,
      metrics: noMetrics,
      releaseRate: options.releaseRate ?? 50,
      randomDelayMs: 0,
      liveTtlMs: 3_600_000,
      stateIntervalMs: options.stateIntervalMs ?? 15_000,
      maxVisitorsPerConference: options.maxVisitorsPerConference,
      random: () => this.#chance.next(),
    });
  }
}

function nameOf(conference: number): ConferenceName {
  const room = `conference-${conference}`;
  const domain = "conference.meet.example";
  return { key: `${room}@${domain}`, room, tenant: undefined, domain };
}
