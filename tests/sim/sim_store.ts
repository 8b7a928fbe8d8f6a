import type { Clock } from "../../src/clock.ts";
import type { Store } from "../../src/store/store.ts";

/** Commands to the store, and keys that they read. */
export interface StoreTraffic {
  reads: number;
  keys: number;
  writes: number;
}

export function noStoreTraffic(): StoreTraffic {
  return { reads: 0, keys: 0, writes: 0 };
}

/** A store that counts what it is asked, and never fails. Times to live are left out. */
export class SimStore implements Store {
  traffic: StoreTraffic = noStoreTraffic();
  readonly #values = new Map<string, string>();

  constructor(readonly clock: Clock, readonly latencyMs: number) {}

  async get(keys: readonly string[]): Promise<(string | undefined)[]> {
    this.traffic.reads++;
    this.traffic.keys += keys.length;
    await this.#roundTrip();
    return keys.map((key) => this.#values.get(key));
  }

  async set(key: string, value: string): Promise<void> {
    this.traffic.writes++;
    await this.#roundTrip();
    this.#values.set(key, value);
  }

  async delete(key: string): Promise<void> {
    this.traffic.writes++;
    await this.#roundTrip();
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

  #roundTrip(): Promise<void> {
    return new Promise((resolve) => void this.clock.after(2 * this.latencyMs, resolve));
  }
}
