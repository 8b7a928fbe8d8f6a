import type { Clock } from "../../src/time/clock.ts";
import type { Store } from "../../src/store/store.ts";
import type { SimServer } from "./sim_server.ts";

/** Commands to the store, and keys that they read. */
export interface StoreTraffic {
  reads: number;
  keys: number;
  writes: number;
}

export function noStoreTraffic(): StoreTraffic {
  return { reads: 0, keys: 0, writes: 0 };
}

export interface SimStoreOptions {
  readonly clock: Clock;
  /** Between an isolate and the store, one way, milliseconds. */
  readonly latencyMs: number;
  /** The Redis that does the work, where work takes time. */
  readonly server?: SimServer | undefined;
}

/** A store that counts what it is asked, and never fails. Times to live are left out. */
export class SimStore implements Store {
  traffic: StoreTraffic = noStoreTraffic();
  readonly #options: SimStoreOptions;
  readonly #values = new Map<string, string>();

  constructor(options: SimStoreOptions) {
    this.#options = options;
  }

  async get(keys: readonly string[]): Promise<(string | undefined)[]> {
    this.traffic.reads++;
    this.traffic.keys += keys.length;
    await this.#roundTrip(keys.length);
    return keys.map((key) => this.#values.get(key));
  }

  async set(key: string, value: string): Promise<void> {
    this.traffic.writes++;
    await this.#roundTrip(1);
    this.#values.set(key, value);
  }

  async delete(key: string): Promise<void> {
    this.traffic.writes++;
    await this.#roundTrip(1);
    this.#values.delete(key);
  }

  keys(limit: number): Promise<string[]> {
    return Promise.resolve([...this.#values.keys()].slice(0, limit));
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #roundTrip(keys: number): Promise<void> {
    const { clock, latencyMs, server } = this.#options;
    const workMs = server ? server.take(server.costs.command + keys * server.costs.key) : 0;
    return new Promise((resolve) => void clock.after(2 * latencyMs + workMs, resolve));
  }
}
