import { type Clock, systemClock, type Timer } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import { within } from "../time/within.ts";
import { Deadlines } from "./deadlines.ts";
import { storeErrors } from "./errors.ts";
import { claimKvFile } from "./kv_file.ts";
import {
  assertValueFits,
  type DeleteOptions,
  type Entry,
  MAX_VALUE_BYTES,
  type SetOptions,
  type Store,
  type Version,
} from "./store.ts";

const log = getLogger("store");

const PREFIX = ["waiting-queue"];

/** Deno KV takes at most this many keys in one read. */
const KEYS_PER_READ = 10;

/** Keys that one transaction of a sweep removes; Deno KV takes at most 100 checks. */
const KEYS_PER_SWEEP = 50;

/** Reads of one get() that run at a time. */
const READS_AT_A_TIME = 8;

/** Attempts at a transaction that finds the file locked. */
const COMMITS_TRIED = 200;

/** Between them, at most. By the time of the machine, because it is the disk that is waited for. */
const COMMIT_PAUSE_MS = 5;

const SWEEP_INTERVAL_MS = 60_000;

/**
 * Deno KV counts its own expiry by the wall clock, so it only clears what nobody sweeps, long after
 * the entry has ended here.
 */
const EXPIRY_SLACK_MS = 24 * 3600 * 1000;

/** What {@linkcode KvStore.check} writes, beside what the store keeps, and how often. */
const CHECK_KEY = ["waiting-queue-check"];
const CHECK_WRITE_MS = 10_000;

/** A value with the end of its time by the wall clock, which is all that outlives the process. */
interface Stored {
  /** As text or as UTF-8; see {@linkcode packed}. */
  value: string | Uint8Array;
  ttlMs?: number;
  expiresAt?: number;
}

const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder("utf-8", { ignoreBOM: true }) };

/** Which database to open. */
export interface KvStoreOptions {
  /** The file; `:memory:` keeps nothing; `undefined` is the default database, on Deno Deploy too. */
  path: string | undefined;
  clock?: Clock;
  /** Beside the process that serves the file: it is neither claimed nor made private. */
  beside?: boolean;
}

/**
 * The store in Deno KV: an SQLite file where the service runs by itself, the global database on
 * Deno Deploy. `set` and `delete` return when the transaction is in the file. A file is for one
 * process, and in it for one isolate: the others use it by `RemoteStore`.
 *
 * Cost: `get` one read per 10 keys (0.1 ms from a file), `set` and `delete` one transaction (0.4 ms
 * on a file), with `ifVersion` a read before it; `keys` a read of the keys with the prefix, in their
 * order, as far as `limit`; once a minute the sweep, a read of everything.
 */
export class KvStore implements Store {
  readonly #kv: Deno.Kv;
  readonly #clock: Clock;
  readonly #file: Disposable | undefined;
  readonly #deadlines = new Deadlines();
  readonly #sweeper: Timer;
  #writtenAt = -Infinity;
  #closed = false;

  private constructor(kv: Deno.Kv, clock: Clock, file: Disposable | undefined) {
    this.#kv = kv;
    this.#clock = clock;
    this.#file = file;
    this.#sweeper = clock.every(SWEEP_INTERVAL_MS, () => void this.#sweepQuietly());
  }

  /**
   * Opens the store, creating file and folders as needed, and clears what ended meanwhile.
   *
   * @throws {StoreError} the file cannot be opened, is no store, or is open in another process; the
   * message names it.
   */
  static async open(options: KvStoreOptions): Promise<KvStore> {
    const { path, clock = systemClock, beside = false } = options;
    const onDisk = path !== undefined && path !== ":memory:";
    return await storeErrors(onDisk ? `open the store ${path}` : "open the store", async () => {
      await using stack = new AsyncDisposableStack();
      const file = onDisk && !beside ? stack.use(await claimKvFile(path)) : undefined;
      const store = stack.use(new KvStore(await Deno.openKv(path), clock, file));
      // Reading all gives each entry its deadline now, before the wall clock can jump.
      await store.#sweep();
      stack.move();
      return store;
    });
  }

  async get(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    return await storeErrors("read", async () => {
      const entries: (Entry | undefined)[] = [];
      for (let at = 0; at < keys.length; at += KEYS_PER_READ * READS_AT_A_TIME) {
        const wave = keys.slice(at, at + KEYS_PER_READ * READS_AT_A_TIME);
        entries.push(...await this.#getWave(wave));
      }
      return entries;
    });
  }

  async set(key: string, value: string, options: SetOptions = {}): Promise<Version | undefined> {
    return await storeErrors("write", async () => {
      assertValueFits(value);
      const { ifVersion } = options;
      // The database takes whole milliseconds.
      const ttlMs = options.ttlMs === undefined ? undefined : Math.ceil(options.ttlMs);
      const deadline = ttlMs === undefined ? undefined : this.#clock.now() + ttlMs;
      const version = ifVersion === undefined
        ? await this.#write(key, value, ttlMs)
        : await this.#ifVersion(key, ifVersion, (found) => {
          return this.#write(key, value, ttlMs, found);
        });
      if (version !== undefined && deadline !== undefined) {
        this.#deadlines.set(key, version, deadline);
      }
      return version;
    });
  }

  async delete(key: string, { ifVersion }: DeleteOptions = {}): Promise<boolean> {
    return await storeErrors("delete", async () => {
      const deleted = ifVersion === undefined
        ? await this.#remove(key)
        : await this.#ifVersion(key, ifVersion, (found) => this.#remove(key, found));
      if (deleted) this.#deadlines.delete(key);
      return deleted !== undefined;
    });
  }

  async keys(prefix: string, limit: number): Promise<string[]> {
    return await storeErrors("list", async () => {
      const keys: string[] = [];
      if (limit <= 0) return keys;
      // In the order of keys those with the prefix stand together, and begin at the prefix itself.
      const selector = { prefix: PREFIX, start: [...PREFIX, prefix] };
      for await (const entry of this.#kv.list<Stored>(selector)) {
        const key = keyOf(entry);
        if (!key.startsWith(prefix)) break;
        if (this.#remaining(entry) > 0) keys.push(key);
        if (keys.length >= limit) break;
      }
      return keys;
    });
  }

  /** Writes now and then, so that a disk that is full is no store that answers. */
  async check(timeoutMs: number): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#writtenAt < CHECK_WRITE_MS) {
      await storeErrors("read", () => within(this.#kv.get(CHECK_KEY), timeoutMs, this.#clock));
      return;
    }
    await storeErrors("write", () => {
      return within(commit(this.#kv.atomic().set(CHECK_KEY, now)), timeoutMs, this.#clock);
    });
    this.#writtenAt = now;
  }

  /** Removes the entries whose time is over. Runs by itself once a minute. */
  async sweep(): Promise<void> {
    await storeErrors("sweep", () => this.#sweep());
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#sweeper[Symbol.dispose]();
      this.#kv.close();
      this.#file?.[Symbol.dispose]();
    }
    return Promise.resolve();
  }

  async #sweep(): Promise<void> {
    let over: Deno.KvEntry<Stored>[] = [];
    for await (const entry of this.#kv.list<Stored>({ prefix: PREFIX })) {
      if (this.#remaining(entry) > 0) continue;
      over.push(entry);
      if (over.length < KEYS_PER_SWEEP) continue;
      await this.#sweepSome(over);
      over = [];
    }
    await this.#sweepSome(over);
  }

  /** In one transaction, which costs as much as that of one. */
  async #sweepSome(over: readonly Deno.KvEntry<Stored>[]): Promise<void> {
    if (over.length === 0) return;
    const transaction = this.#kv.atomic();
    // Only these versions: a key may have been set anew since it was read.
    for (const entry of over) transaction.check(entry).delete(entry.key);
    const { ok } = await commit(transaction);
    if (ok) { for (const entry of over) this.#deadlines.delete(keyOf(entry)); }
    // One of them was; the others still are over.
    else if (over.length > 1) { for (const entry of over) await this.#sweepSome([entry]); }
  }

  async #getWave(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    const reads: Promise<Deno.KvEntryMaybe<Stored>[]>[] = [];
    for (let at = 0; at < keys.length; at += KEYS_PER_READ) {
      const some = keys.slice(at, at + KEYS_PER_READ).map((key) => [...PREFIX, key]);
      reads.push(this.#kv.getMany<Stored[]>(some));
    }
    return (await Promise.all(reads)).flat().map((entry) => this.#live(entry));
  }

  /**
   * What `act` gives for the versionstamp that the file has, if the key has `version`; `undefined`
   * if it has not. `act` gives `undefined` when the versionstamp was another by then.
   */
  async #ifVersion<T>(
    key: string,
    version: Version | null,
    act: (found: string | null) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    for (;;) {
      const entry = await this.#kv.get<Stored>([...PREFIX, key]);
      if ((this.#live(entry)?.version ?? null) !== version) return undefined;
      // What has expired is not there, but may still stand in the file.
      const done = await act(entry.versionstamp);
      if (done !== undefined || version !== null) return done;
      // Where the key was not there, it may have been swept since: only a look decides.
    }
  }

  /** Gives the version; `undefined` if the versionstamp is not `found`. */
  async #write(
    key: string,
    value: string,
    ttlMs: number | undefined,
    found?: string | null,
  ): Promise<Version | undefined> {
    const stored: Stored = { value: packed(value) };
    if (ttlMs !== undefined) {
      stored.ttlMs = ttlMs;
      stored.expiresAt = this.#clock.wall() + ttlMs;
    }
    const options = ttlMs === undefined ? {} : { expireIn: Math.ceil(ttlMs) + EXPIRY_SLACK_MS };
    const name = [...PREFIX, key];
    const write = this.#kv.atomic();
    if (found !== undefined) write.check({ key: name, versionstamp: found });
    const done = await commit(write.set(name, stored, options));
    return done.ok ? done.versionstamp : undefined;
  }

  /** True; `undefined` if the versionstamp is not `found`. */
  async #remove(key: string, found?: string | null): Promise<true | undefined> {
    const name = [...PREFIX, key];
    const removal = this.#kv.atomic();
    if (found !== undefined) removal.check({ key: name, versionstamp: found });
    const { ok } = await commit(removal.delete(name));
    return ok || undefined;
  }

  /** What the port sees of `entry`: nothing if its time is over. */
  #live(entry: Deno.KvEntryMaybe<Stored>): Entry | undefined {
    if (entry.versionstamp === null || this.#remaining(entry) <= 0) return undefined;
    return { value: unpacked(entry.value.value), version: entry.versionstamp };
  }

  /** Milliseconds that `entry` still has. */
  #remaining(entry: Deno.KvEntry<Stored>): number {
    const { expiresAt, ttlMs } = entry.value;
    if (expiresAt === undefined || ttlMs === undefined) return Infinity;
    const now = this.#clock.now();
    const known = this.#deadlines.get(keyOf(entry), entry.versionstamp);
    if (known !== undefined) return known - now;
    // Written by another process or before a restart: the wall clock is all there is, once.
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

/**
 * Commits `transaction`. SQLite refuses one that crosses another of a process beside this one; then
 * nothing of it is done, and the other is soon over.
 */
async function commit(
  transaction: Deno.AtomicOperation,
): Promise<Deno.KvCommitResult | Deno.KvCommitError> {
  for (let tried = 1;; tried++) {
    try {
      return await transaction.commit();
    } catch (error) {
      const locked = error instanceof Error && error.message.includes("database is locked");
      if (!locked || tried === COMMITS_TRIED) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * COMMIT_PAUSE_MS));
  }
}

function keyOf(entry: { key: Deno.KvKey }): string {
  return String(entry.key[PREFIX.length]);
}

/**
 * Deno KV takes 64 KiB with what stands around the value, and keeps text beyond Latin-1 with two
 * bytes a unit: where that could be too much, the value is kept as UTF-8.
 */
function packed(value: string): string | Uint8Array {
  return value.length * 2 <= MAX_VALUE_BYTES ? value : utf8.encoder.encode(value);
}

function unpacked(value: string | Uint8Array): string {
  return typeof value === "string" ? value : utf8.decoder.decode(value);
}
