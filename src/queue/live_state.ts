import * as z from "zod";
import type { Clock } from "../time/clock.ts";
import type { Store } from "../store/store.ts";
import { QueueUnavailableError } from "./view.ts";

/** The live state of a conference, as this isolate knows it. */
export interface Live {
  /** When it went live, in milliseconds since the epoch. */
  readonly since: number;
  /** Until when this may be believed without reading the store again, by the isolate's clock. */
  readonly until: number;
}

/** Where live states are kept, and for how long. */
export interface LiveStateOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** How long a conference stays live after its last go-live. */
  readonly ttlMs: number;
  /** How long a change is tried again while the store cannot be reached. */
  readonly holdMs: number;
}

const PREFIX = "live/";
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

/** Keys that one read of the store takes. */
export const READ_BATCH = 500;

const recordSchema = z.object({ since: z.number(), expires: z.number() });

/** Which conferences are live, kept in the store under `live/{key}`. */
export class LiveState implements Disposable {
  /** Ends the pause of each call that waits for the store. */
  readonly #pauses = new Set<() => void>();
  #disposed = false;

  constructor(readonly options: LiveStateOptions) {}

  /** The live state of each of `keys`, in their order. @throws {StoreError} */
  async read(keys: readonly string[]): Promise<(Live | undefined)[]> {
    const entries = await this.options.store.get(keys.map((key) => PREFIX + key));
    return entries.map((entry) => entry && this.#parse(entry.value));
  }

  /** {@linkcode read}, tried again while the store cannot be reached. @throws {QueueUnavailableError} */
  readHeld(key: string): Promise<Live | undefined> {
    return this.#hold(async () => (await this.read([key]))[0]);
  }

  /** {@linkcode read} of any number of keys, tried again likewise. @throws {QueueUnavailableError} */
  async readAllHeld(keys: readonly string[]): Promise<(Live | undefined)[]> {
    const lives: (Live | undefined)[] = [];
    for (let i = 0; i < keys.length; i += READ_BATCH) {
      lives.push(...await this.#hold(() => this.read(keys.slice(i, i + READ_BATCH))));
    }
    return lives;
  }

  /**
   * Makes `key` live, or live for longer. Resolves once that is durable.
   *
   * @throws {QueueUnavailableError} the store could not be reached for `holdMs`.
   */
  mark(key: string): Promise<Live> {
    const { clock, store, ttlMs } = this.options;
    return this.#hold(async () => {
      const [known] = await this.read([key]);
      const since = known?.since ?? clock.wall();
      const record = JSON.stringify({ since, expires: clock.wall() + ttlMs });
      await store.set(PREFIX + key, record, { ttlMs });
      return { since, until: clock.now() + ttlMs };
    });
  }

  /** Takes the live state back. @throws {QueueUnavailableError} */
  clear(key: string): Promise<void> {
    return this.#hold(async () => {
      await this.options.store.delete(PREFIX + key);
    });
  }

  /** Up to `limit` conferences that are live. @throws {QueueUnavailableError} */
  keys(limit: number): Promise<string[]> {
    return this.#hold(async () => {
      const keys = await this.options.store.keys(PREFIX, limit);
      return keys.map((key) => key.slice(PREFIX.length));
    });
  }

  /** What waits for the store gives up now. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const end of this.#pauses) end();
  }

  #parse(value: string): Live | undefined {
    const { clock, ttlMs } = this.options;
    const record = recordSchema.safeParse(safeJson(value)).data;
    if (!record) return undefined;
    // The store decides whether the state is there; the time of day only says how soon to ask again.
    const rest = Math.min(Math.max(record.expires - clock.wall(), 50), ttlMs);
    return { since: record.since, until: clock.now() + rest };
  }

  async #hold<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock, holdMs } = this.options;
    const giveUpAt = clock.now() + holdMs;
    for (let wait = FIRST_RETRY_MS;; wait = Math.min(wait * 2, LAST_RETRY_MS)) {
      try {
        return await attempt();
      } catch (cause) {
        if (this.#disposed || clock.now() + wait > giveUpAt) {
          throw new QueueUnavailableError("Cannot reach the store of live conferences", { cause });
        }
      }
      await this.#pause(wait);
    }
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = this.options.clock.after(ms, resolve);
    this.#pauses.add(resolve);
    await promise;
    this.#pauses.delete(resolve);
  }
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
