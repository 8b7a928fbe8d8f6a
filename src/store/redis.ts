import { Cluster } from "ioredis";
import { type Clock, systemClock } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import { createRedisClient, type RedisClient } from "../redis/client.ts";
import { RedisLink } from "../redis/link.ts";
import { parseRedisUrl, type RedisTarget } from "../redis/url.ts";
import { storeErrors } from "./errors.ts";
import type { Store } from "./store.ts";

const log = getLogger("store");

/** How long Redis has to answer a command. */
const TIMEOUT_MS = 2_000;

/** Keys of one read. */
const KEYS_PER_READ = 500;

/** Keys that a server looks at in one step of a listing. */
const KEYS_PER_SCAN = 1000;

/** How long a write waits for replicas. */
const REPLICATION_TIMEOUT_MS = 100;

/** A connection that waits for replicas serves nobody else, so after a miss it is spared a while. */
const REPLICATION_PAUSE_MS = 5_000;

export interface RedisStoreOptions {
  /** One of the forms of {@linkcode parseRedisUrl}. */
  url: string;
  /** Services that share a database need different ones. Default `wq`. */
  prefix?: string;
  clock?: Clock;
  /** How long Redis has to answer a command. Default: 2 s. */
  timeoutMs?: number;
  /**
   * How many replicas {@linkcode RedisStore.set} waits for, 100 ms at most. Default: 1 with
   * Sentinel or a cluster, else 0.
   */
  replicas?: number;
}

/**
 * The store in Redis 7 or Valkey. Its times to live are those of Redis, which counts them by the
 * wall clock of its own machine; the clocks of this one do not matter.
 *
 * What `set` wrote survives any end of this process. Whether it survives the end of Redis is up to
 * Redis: with `appendonly yes` but for the last second, with a replica that has confirmed it also a
 * failover. A replica that does not confirm in time does not fail the `set`: the value is written,
 * and a service that went on only with its replica would be down with it.
 *
 * While Redis is away a call fails at once, while it is silent after two seconds; none queues.
 *
 * Cost: `get` one command per 500 keys, in a cluster one per key; `set` and `delete` one, with
 * replicas two in one flight; `keys` walks the whole database, 1000 keys a command.
 */
export class RedisStore implements Store {
  readonly #link: RedisLink;
  readonly #prefix: string;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #replicas: number;
  #replicationPausedUntil = -Infinity;
  #replicated = true;

  private constructor(target: RedisTarget, options: RedisStoreOptions) {
    const { prefix = "wq", clock = systemClock, timeoutMs = TIMEOUT_MS } = options;
    // The prefix stands in a glob pattern, and must not choose the slot of a cluster.
    if (!/^[\w:.-]*$/.test(prefix)) throw new TypeError(`Cannot use ${prefix} before keys`);
    this.#prefix = `${prefix}:s:`;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#replicas = options.replicas ?? (target.kind === "server" ? 0 : 1);
    this.#link = new RedisLink({
      name: "store",
      create: () => createRedisClient(target, 2 * timeoutMs),
      clock,
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

  async get(keys: readonly string[]): Promise<(string | undefined)[]> {
    return await storeErrors("read", async () => {
      const values: (string | null)[] = [];
      for (let at = 0; at < keys.length; at += KEYS_PER_READ) {
        const names = keys.slice(at, at + KEYS_PER_READ).map((key) => this.#prefix + key);
        values.push(...await this.#use((client) => read(client, names)));
      }
      return values.map((value) => value ?? undefined);
    });
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    const name = this.#prefix + key;
    const ttl = Math.max(1, Math.ceil(ttlMs));
    await storeErrors("write", async () => {
      if (this.#replicas === 0 || this.#clock.now() < this.#replicationPausedUntil) {
        await this.#use((client) => client.set(name, value, "PX", ttl));
        return;
      }
      this.#onConfirmed(
        await this.#use((client) => this.#setReplicated(client, name, value, ttl)),
      );
    });
  }

  async delete(key: string): Promise<void> {
    await storeErrors("delete", () => this.#use((client) => client.del(this.#prefix + key)));
  }

  async keys(limit: number): Promise<string[]> {
    return await storeErrors("list", async () => {
      const found = new Set<string>();
      const servers = await this.#use((client) => {
        return Promise.resolve(client instanceof Cluster ? client.nodes("master") : [client]);
      });
      for (const server of servers) {
        for (let cursor = "0"; found.size < limit;) {
          const [next, names] = await this.#use(() => {
            return server.scan(cursor, "MATCH", `${this.#prefix}*`, "COUNT", KEYS_PER_SCAN);
          });
          for (const name of names) found.add(name.slice(this.#prefix.length));
          if (next === "0") break;
          cursor = next;
        }
      }
      return [...found].slice(0, limit);
    });
  }

  async check(timeoutMs: number): Promise<void> {
    await storeErrors("reach Redis", () => this.#use((client) => client.ping(), timeoutMs));
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

  /** Gives the number of replicas that have the value. */
  async #setReplicated(
    client: RedisClient,
    name: string,
    value: string,
    ttl: number,
  ): Promise<number> {
    // One flight on one connection: WAIT counts the writes of the connection that it comes by.
    const replies = await client.pipeline()
      .set(name, value, "PX", ttl)
      .wait(this.#replicas, REPLICATION_TIMEOUT_MS)
      .exec();
    const [[setError] = [], [, confirmed] = []] = replies ?? [];
    if (!replies || setError) throw setError ?? new Error("The write was not answered");
    return typeof confirmed === "number" ? confirmed : 0;
  }

  #onConfirmed(confirmed: number): void {
    const replicated = confirmed >= this.#replicas;
    if (!replicated) this.#replicationPausedUntil = this.#clock.now() + REPLICATION_PAUSE_MS;
    if (replicated === this.#replicated) return;
    this.#replicated = replicated;
    const counts = { confirmed, replicas: this.#replicas };
    if (replicated) log.info("Replicas confirm writes again", counts);
    else log.warn("A write was confirmed by {confirmed} of {replicas} replicas", counts);
  }
}

/** In a cluster the keys of one MGET must be in one slot; ours are in any. */
function read(client: RedisClient, names: string[]): Promise<(string | null)[]> {
  if (!(client instanceof Cluster)) return client.mget(names);
  return Promise.all(names.map((name) => client.get(name)));
}
