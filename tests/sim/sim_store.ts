import {
  type DeleteOptions,
  type Entry,
  type SetOptions,
  type Store,
  StoreError,
  type Version,
} from "../../src/store/store.ts";
import type { Clock } from "../../src/time/clock.ts";
import { MemoryEntries } from "../support/memory_entries.ts";
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

/** A store that counts what it is asked, and never fails until it is disposed. */
export class SimStore implements Store {
  traffic: StoreTraffic = noStoreTraffic();
  readonly #options: SimStoreOptions;
  readonly #entries: MemoryEntries;
  #disposed = false;

  /** @param entries What it keeps, for two that see the same. */
  constructor(options: SimStoreOptions, entries = new MemoryEntries(options.clock)) {
    this.#options = options;
    this.#entries = entries;
  }

  async get(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    this.traffic.reads++;
    this.traffic.keys += keys.length;
    await this.#roundTrip(keys.length);
    return keys.map((key) => this.#entries.get(key));
  }

  async set(key: string, value: string, options?: SetOptions): Promise<Version | undefined> {
    this.traffic.writes++;
    await this.#roundTrip(1);
    return this.#entries.set(key, value, options);
  }

  async delete(key: string, options?: DeleteOptions): Promise<boolean> {
    this.traffic.writes++;
    await this.#roundTrip(1);
    return this.#entries.delete(key, options);
  }

  async keys(prefix: string, limit: number): Promise<string[]> {
    await this.#roundTrip(0);
    return this.#entries.keys(prefix, limit);
  }

  async check(): Promise<void> {
    await this.#roundTrip(0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    return Promise.resolve();
  }

  #roundTrip(keys: number): Promise<void> {
    if (this.#disposed) return Promise.reject(new StoreError("The store is closed"));
    const { clock, latencyMs, server } = this.#options;
    const workMs = server ? server.take(server.costs.command + keys * server.costs.key) : 0;
    return new Promise((resolve) => void clock.after(2 * latencyMs + workMs, resolve));
  }
}
