import { dirname } from "node:path";
import { type Clock, systemClock, type Timer } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import { within } from "../time/within.ts";
import { Deadlines } from "./deadlines.ts";
import { storeErrors } from "./errors.ts";
import type { Store } from "./store.ts";

const log = getLogger("store");

const PREFIX = ["waiting-queue"];

/** Deno KV takes at most this many keys in one read. */
const KEYS_PER_READ = 10;

/** Reads of one get() that run at a time. */
const READS_AT_A_TIME = 8;

const SWEEP_INTERVAL_MS = 60_000;

/**
 * Deno KV counts its own expiry by the wall clock, so it only clears what nobody sweeps, long after
 * the entry has ended here.
 */
const EXPIRY_SLACK_MS = 24 * 3600 * 1000;

/** A value with the end of its time by the wall clock, which is all that outlives the process. */
interface Stored {
  value: string;
  ttlMs: number;
  expiresAt: number;
}

export interface KvStoreOptions {
  /** The file; `:memory:` keeps nothing; `undefined` is the default database, on Deno Deploy too. */
  path: string | undefined;
  clock?: Clock;
}

/**
 * The store in Deno KV: an SQLite file where the service runs by itself, the global database on
 * Deno Deploy. `set` returns when the transaction is in the file. Values are up to 64 KiB.
 *
 * Cost: `get` one read per 10 keys (0.1 ms from a file), `set` and `delete` one transaction (0.4 ms
 * on a file), `keys` and, once a minute, the sweep a read of everything.
 */
export class KvStore implements Store {
  readonly #kv: Deno.Kv;
  readonly #clock: Clock;
  readonly #deadlines = new Deadlines();
  readonly #sweeper: Timer;
  #closed = false;

  private constructor(kv: Deno.Kv, clock: Clock) {
    this.#kv = kv;
    this.#clock = clock;
    this.#sweeper = clock.every(SWEEP_INTERVAL_MS, () => void this.#sweepQuietly());
  }

  /**
   * Opens the store, creating file and folders as needed, and clears what ended meanwhile.
   *
   * @throws {StoreError} the file cannot be opened.
   */
  static async open({ path, clock = systemClock }: KvStoreOptions): Promise<KvStore> {
    return await storeErrors("open the store", async () => {
      if (path !== undefined && path !== ":memory:") {
        await Deno.mkdir(dirname(path), { recursive: true });
      }
      const store = new KvStore(await Deno.openKv(path), clock);
      // Reading all gives each entry its deadline now, before the wall clock can jump.
      await store.sweep();
      return store;
    });
  }

  async get(keys: readonly string[]): Promise<(string | undefined)[]> {
    return await storeErrors("read", async () => {
      const values: (string | undefined)[] = [];
      for (let at = 0; at < keys.length; at += KEYS_PER_READ * READS_AT_A_TIME) {
        const wave = keys.slice(at, at + KEYS_PER_READ * READS_AT_A_TIME);
        values.push(...await this.#getWave(wave));
      }
      return values;
    });
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await storeErrors("write", async () => {
      const deadline = this.#clock.now() + ttlMs;
      const stored: Stored = { value, ttlMs, expiresAt: this.#clock.wall() + ttlMs };
      const expireIn = ttlMs + EXPIRY_SLACK_MS;
      const { versionstamp } = await this.#kv.set([...PREFIX, key], stored, { expireIn });
      this.#deadlines.set(key, versionstamp, deadline);
    });
  }

  async delete(key: string): Promise<void> {
    await storeErrors("delete", async () => {
      await this.#kv.delete([...PREFIX, key]);
      this.#deadlines.delete(key);
    });
  }

  async keys(limit: number): Promise<string[]> {
    return await storeErrors("list", async () => {
      const keys: string[] = [];
      for await (const entry of this.#kv.list<Stored>({ prefix: PREFIX })) {
        if (keys.length >= limit) break;
        if (this.#remaining(entry) > 0) keys.push(keyOf(entry));
      }
      return keys;
    });
  }

  async check(timeoutMs: number): Promise<void> {
    await storeErrors("read", () => {
      return within(this.#kv.get([...PREFIX, ""]), timeoutMs, this.#clock);
    });
  }

  /** Removes the entries whose time is over. Runs by itself once a minute. */
  async sweep(): Promise<void> {
    await storeErrors("sweep", async () => {
      for await (const entry of this.#kv.list<Stored>({ prefix: PREFIX })) {
        if (this.#remaining(entry) > 0) continue;
        // Only this version: the key may have been set anew since it was read.
        await this.#kv.atomic().check(entry).delete(entry.key).commit();
        this.#deadlines.delete(keyOf(entry));
      }
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#sweeper[Symbol.dispose]();
      this.#kv.close();
    }
    return Promise.resolve();
  }

  async #getWave(keys: readonly string[]): Promise<(string | undefined)[]> {
    const reads: Promise<Deno.KvEntryMaybe<Stored>[]>[] = [];
    for (let at = 0; at < keys.length; at += KEYS_PER_READ) {
      const some = keys.slice(at, at + KEYS_PER_READ).map((key) => [...PREFIX, key]);
      reads.push(this.#kv.getMany<Stored[]>(some));
    }
    const entries = (await Promise.all(reads)).flat();
    return entries.map((entry) => {
      if (entry.versionstamp === null) return undefined;
      return this.#remaining(entry) > 0 ? entry.value.value : undefined;
    });
  }

  /** Milliseconds that `entry` still has. */
  #remaining(entry: Deno.KvEntry<Stored>): number {
    const now = this.#clock.now();
    const known = this.#deadlines.get(keyOf(entry), entry.versionstamp);
    if (known !== undefined) return known - now;
    // Written by another process or before a restart: the wall clock is all there is, once.
    const { expiresAt, ttlMs } = entry.value;
    const remaining = Math.min(expiresAt - this.#clock.wall(), ttlMs);
    this.#deadlines.set(keyOf(entry), entry.versionstamp, now + remaining);
    return remaining;
  }

  async #sweepQuietly(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      if (!this.#closed) log.warn("The store was not swept: {error}", { error });
    }
  }
}

function keyOf(entry: { key: Deno.KvKey }): string {
  return String(entry.key[PREFIX.length]);
}
