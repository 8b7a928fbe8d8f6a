/**
 * What happens when a Redis has failed over and every isolate subscribes everything anew: the real
 * receiving side of the bus, on a client that only keeps the time that Redis takes.
 *
 * @module
 */

import { EventEmitter } from "node:events";
import type { Redis } from "ioredis";
import { RedisSubscriber } from "../../src/bus/redis_subscriber.ts";
import type { Clock } from "../../src/time/clock.ts";
import { BUSY } from "./redis_costs.ts";
import { SimClock } from "./sim_clock.ts";
import { SimServer } from "./sim_server.ts";

/** As `RedisBus` has it. */
const TIMEOUT_MS = 2_000;
/** After so long without success there will be none. */
const GIVE_UP_MS = 300_000;
const STEP_MS = 1_000;

export interface Failover {
  readonly isolates: number;
  /** Topics of each. */
  readonly channels: number;
}

/** Seconds until every isolate has its topics again; `undefined` when that never comes. */
export async function failover({ isolates, channels }: Failover): Promise<number | undefined> {
  const clock = new SimClock();
  const server = new SimServer(clock, BUSY);
  const topics = Array.from({ length: channels }, (_, n) => `topic-${n}`);
  const standing = new Set<RedisSubscriber>();
  const subscribers = Array.from({ length: isolates }, () => {
    const subscriber: RedisSubscriber = new RedisSubscriber({
      create: () => new SimClient(clock, server) as unknown as Redis,
      sharded: false,
      channels: () => topics,
      onMessage() {},
      onUp: () => void standing.add(subscriber),
      onLoss: () => void standing.delete(subscriber),
      clock,
      timeoutMs: TIMEOUT_MS,
    });
    return subscriber;
  });
  const began = clock.now();
  while (standing.size < isolates && clock.now() - began < GIVE_UP_MS) await clock.advance(STEP_MS);
  const seconds = (clock.now() - began) / 1_000;
  const done = standing.size === isolates;
  const disposed = Promise.all(subscribers.map((each) => each[Symbol.asyncDispose]()));
  await clock.advance(TIMEOUT_MS);
  await disposed;
  return done ? seconds : undefined;
}

/** As much of the library's client as a subscriber needs. */
class SimClient extends EventEmitter {
  status = "ready";

  constructor(readonly clock: Clock, readonly server: SimServer) {
    super();
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  subscribe(...channels: string[]): Promise<void> {
    const { command, channel } = this.server.costs;
    return this.#after(this.server.take(command + channels.length * channel));
  }

  async quit(): Promise<void> {
    await this.#after(this.server.take(this.server.costs.command));
    this.disconnect();
  }

  disconnect(): void {
    if (this.status === "end") return;
    this.status = "end";
    this.clock.after(0, () => this.emit("end"));
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve));
  }
}
