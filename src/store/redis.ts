import { Cluster } from "ioredis";
import { type Clock, systemClock } from "../time/clock.ts";
import { createRedisClient, type RedisClient } from "../redis/client.ts";
import { RedisLink } from "../redis/link.ts";
import { parseRedisUrl, type RedisTarget } from "../redis/url.ts";
import { storeErrors } from "./errors.ts";
import { decodeRecord, deleteCommand, encodeRecord, setCommand } from "./redis_record.ts";
import { RedisWrites } from "./redis_writes.ts";
import {
  assertValueFits,
  type DeleteOptions,
  type Entry,
  type SetOptions,
  type Store,
  type Version,
} from "./store.ts";

/** How long Redis has to answer a command. */
const TIMEOUT_MS = 2_000;

/** Keys of one read. */
const KEYS_PER_READ = 500;

/** Keys that a server looks at in one step of a listing. */
const KEYS_PER_SCAN = 1000;

/** How long a write waits for replicas. */
const REPLICA_TIMEOUT_MS = 100;

/** How often a check writes, and how long that is kept. */
const CHECK_WRITE_MS = 10_000;
const CHECK_KEPT_MS = 60_000;

/** Which Redis to use, and how long it may take. */
export interface RedisStoreOptions {
  /** One of the forms of {@linkcode parseRedisUrl}. */
  url: string;
  /** Services that share a database need different ones. Default `wq`. */
  prefix?: string;
  clock?: Clock;
  /** How long Redis has to answer a command. Default: 2 s. */
  timeoutMs?: number;
  /**
   * How many replicas `set` and `delete` wait for. Default: 1 with Sentinel or a cluster, else 0.
   */
  replicas?: number;
  /** How long they wait for replicas, in milliseconds. Default: 100. */
  replicaTimeoutMs?: number;
}

/**
 * The store in Redis 7 or Valkey. Its times to live are those of Redis, which counts them by the
 * wall clock of its own machine; the clocks of this one do not matter.
 *
 * What `set` and `delete` did survives any end of this process. Whether it survives the end of Redis
 * is up to Redis: with `appendonly yes` but for the last second, with a replica that has confirmed it
 * also a failover. A replica that does not confirm in time does not fail the call: it is done, and a
 * service that went on only with its replica would be down with it. Each call asks anew; while a
 * replica is silent each takes 200 ms at most, and a read behind it 100 ms.
 *
 * While Redis is away a call fails at once, while it is silent after two seconds; what waits behind
 * another write for its flight fails with its own time.
 *
 * A service of a version without versions can share the database for a while: what it wrote is read;
 * what this one wrote it takes for no value of its own.
 *
 * Cost: `get` one command per 500 keys, in a cluster one per key; `set` and `delete` one, also with
 * `ifVersion`, and with replicas one WAIT in the same flight; `keys` walks the whole database, 1000
 * keys a command, until it has enough.
 */
export class RedisStore implements Store {
  readonly #link: RedisLink;
  readonly #prefix: string;
  readonly #checkKey: string;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #writes: RedisWrites;
  #writtenAt = -Infinity;

  private constructor(target: RedisTarget, options: RedisStoreOptions) {
    const { prefix = "wq", clock = systemClock, timeoutMs = TIMEOUT_MS } = options;
    // The prefix stands in a glob pattern, and must not choose the slot of a cluster.
    if (!/^[\w:.-]*$/.test(prefix)) throw new TypeError(`Cannot use ${prefix} before keys`);
    this.#prefix = `${prefix}:s:`;
    this.#checkKey = `${prefix}:check`;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#link = new RedisLink({
      name: "store",
      create: () => createRedisClient(target, 2 * timeoutMs),
      clock,
    });
    this.#writes = new RedisWrites({
      link: this.#link,
      clock,
      timeoutMs,
      replicas: options.replicas ?? (target.kind === "server" ? 0 : 1),
      replicaTimeoutMs: options.replicaTimeoutMs ?? REPLICA_TIMEOUT_MS,
    });
  }

  /**
   * Opens the store. Resolves when the first attempt to connect has succeeded, or failed: then it
   * goes on by itself, and calls fail until it succeeds.
   *
   * @throws {TypeError} the URL cannot be used.
   */
  static async open(options: RedisStoreOptions): Promise<RedisStore> {
    const store = new RedisStore(parseRedisUrl(options.url), options);
    await store.#link.tried;
    return store;
  }

  async get(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    return await storeErrors("read", async () => {
      const records: (string | null)[] = [];
      for (let at = 0; at < keys.length; at += KEYS_PER_READ) {
        const names = keys.slice(at, at + KEYS_PER_READ).map((key) => this.#prefix + key);
        records.push(...await this.#use((client) => read(client, names)));
      }
      return records.map((record) => record === null ? undefined : decodeRecord(record));
    });
  }

  async set(key: string, value: string, options: SetOptions = {}): Promise<Version | undefined> {
    return await storeErrors("write", async () => {
      assertValueFits(value);
      const name = this.#prefix + key;
      const version = crypto.randomUUID();
      const { ttlMs, ifVersion } = options;
      const command = setCommand(name, encodeRecord({ value, version }), ttlMs, ifVersion);
      const reply = await this.#writes.write(name, command);
      return reply === "OK" || reply === 1 ? version : undefined;
    });
  }

  async delete(key: string, { ifVersion }: DeleteOptions = {}): Promise<boolean> {
    return await storeErrors("delete", async () => {
      const name = this.#prefix + key;
      const reply = await this.#writes.write(name, deleteCommand(name, ifVersion));
      return ifVersion === undefined || reply === 1;
    });
  }

  async keys(prefix: string, limit: number): Promise<string[]> {
    return await storeErrors("list", async () => {
      const found = new Set<string>();
      const pattern = `${this.#prefix}${prefix.replaceAll(/[*?[\]\\]/g, "\\$&")}*`;
      const servers = await this.#use((client) => {
        return Promise.resolve(client instanceof Cluster ? client.nodes("master") : [client]);
      });
      for (const server of servers) {
        for (let cursor = "0"; found.size < limit;) {
          const [next, names] = await this.#use(() => {
            return server.scan(cursor, "MATCH", pattern, "COUNT", KEYS_PER_SCAN);
          });
          for (const name of names) found.add(name.slice(this.#prefix.length));
          if (next === "0") break;
          cursor = next;
        }
      }
      return [...found].slice(0, Math.max(0, limit));
    });
  }

  /** Writes now and then: a Redis that cannot answers a PING all the same. */
  async check(timeoutMs: number): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#writtenAt < CHECK_WRITE_MS) {
      await storeErrors("reach Redis", () => this.#use((client) => client.ping(), timeoutMs));
      return;
    }
    await storeErrors("write", () => {
      return this.#use((client) => client.set(this.#checkKey, "", "PX", CHECK_KEPT_MS), timeoutMs);
    });
    this.#writtenAt = now;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }

  #use<T>(
    work: (client: RedisClient) => Promise<T>,
    timeoutMs: number = this.#timeoutMs,
  ): Promise<T> {
    return this.#link.use(work, timeoutMs);
  }
}

/** In a cluster the keys of one MGET must be in one slot; ours are in any. */
function read(client: RedisClient, names: string[]): Promise<(string | null)[]> {
  if (!(client instanceof Cluster)) return client.mget(names);
  return Promise.all(names.map((name) => client.get(name)));
}
