import type { Clock } from "../time/clock.ts";
import { reasonOf } from "../base/reason.ts";
import { getLogger } from "../log/log.ts";
import type { Entry, Store } from "../store/store.ts";
import { decodeLiveRecord, encodeLiveRecord, type Known, nextVersion } from "./live_record.ts";
import { QueueUnavailableError } from "./view.ts";

/** Where live states are kept, and for how long. */
export interface LiveStateOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** How long a conference stays live after its last go-live. */
  readonly ttlMs: number;
  /** How long a change is tried again while the store cannot be reached. */
  readonly holdMs: number;
  /** The isolate that makes the changes, which answers for them. */
  readonly by?: string | undefined;
  /** At least 0, less than 1. */
  readonly random?: () => number;
}

/** What a change wrote, and what stood there before. */
export interface Changed {
  readonly now: Known;
  readonly before: Known | undefined;
}

/** A command that changes the live state. */
export interface Change {
  /** Its version is newer than this one, of which somebody has heard. */
  readonly after?: number | undefined;
  /** Change it only if this version stands in the store. */
  readonly ifVersion?: number | undefined;
}

const PREFIX = "live/";
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;
/** An end is remembered for longer than any live state from before it. */
const ENDED_SLACK_MS = 60_000;
/** How long a record is believed of which the clocks do not say how long it lasts. */
const LEASE_MS = 20_000;
/** Clocks that are apart by less say it well enough; then it is believed for as long at least. */
const CLOSE_MS = 2_000;
const LEAST_MS = 50;

/** Keys that one read of the store takes. */
export const READ_BATCH = 500;

const logger = getLogger("queue");

/** What stands under a key, and the version by which the store compares it. */
interface Found {
  readonly known: Known | undefined;
  readonly entry: Entry | undefined;
}

/**
 * Which conferences are live, kept in the store under `live/{key}`. Each change compares what it
 * found with what it replaces, so that of two at once the later one knows of the earlier.
 */
export class LiveState implements Disposable {
  /** Ends the pause of each call that waits for the store. */
  readonly #pauses = new Set<() => void>();
  #disposed = false;

  constructor(readonly options: LiveStateOptions) {}

  /** What is known of each of `keys`, in their order. @throws {StoreError} */
  async read(keys: readonly string[]): Promise<(Known | undefined)[]> {
    return (await this.#find(keys)).map(({ known }) => known);
  }

  /** {@linkcode read}, tried again while the store cannot be reached. @throws {QueueUnavailableError} */
  readHeld(key: string): Promise<Known | undefined> {
    return this.#hold(async () => (await this.read([key]))[0]);
  }

  /** {@linkcode read} of any number of keys, tried again likewise. @throws {QueueUnavailableError} */
  async readAllHeld(keys: readonly string[]): Promise<(Known | undefined)[]> {
    const all: (Known | undefined)[] = [];
    for (let i = 0; i < keys.length; i += READ_BATCH) {
      all.push(...await this.#hold(() => this.read(keys.slice(i, i + READ_BATCH))));
    }
    return all;
  }

  /**
   * Makes `key` live, or live for longer. Resolves once that is durable.
   *
   * @throws {QueueUnavailableError} the store could not be reached for `holdMs`.
   */
  async mark(key: string, change: Omit<Change, "ifVersion"> = {}): Promise<Changed> {
    return (await this.#live(key, change))!;
  }

  /**
   * Makes `key` live for longer. Undefined if another version than `ifVersion` stands there: nothing
   * was done.
   *
   * @throws {QueueUnavailableError} as with {@linkcode mark}.
   */
  prolong(key: string, ifVersion: number): Promise<Changed | undefined> {
    return this.#live(key, { ifVersion });
  }

  /**
   * Takes the live state back; that it ended is kept for as long as it matters. Undefined if another
   * version than `ifVersion` stands there: nothing was done.
   *
   * @throws {QueueUnavailableError} as with {@linkcode mark}.
   */
  clear(key: string, change: Change = {}): Promise<Changed | undefined> {
    const { clock, ttlMs } = this.options;
    return this.#change(key, change, () => {
      const until = clock.now() + ttlMs + ENDED_SLACK_MS;
      return { state: "ended", since: clock.wall(), until };
    });
  }

  /**
   * Writes `known` again, which the store has lost, unless something newer stands there. Once; gives
   * what stands there then.
   *
   * @throws {StoreError}
   */
  async restore(key: string, known: Known): Promise<Known | undefined> {
    const [found] = await this.#find([key]);
    if (found!.known && found!.known.version >= known.version) return found!.known;
    return await this.#write(key, known, found!.entry) ? known : undefined;
  }

  /** Up to `limit` conferences that are live or have ended lately. @throws {QueueUnavailableError} */
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

  async #find(keys: readonly string[]): Promise<Found[]> {
    const entries = await this.options.store.get(keys.map((key) => PREFIX + key));
    return entries.map((entry) => ({ entry, known: entry && this.#parse(entry.value) }));
  }

  #live(key: string, change: Change): Promise<Changed | undefined> {
    const { clock, ttlMs } = this.options;
    return this.#change(key, change, (found) => {
      const since = found?.state === "live" ? found.since : clock.wall();
      return { state: "live", since, until: clock.now() + ttlMs };
    });
  }

  #change(
    key: string,
    { after = 0, ifVersion }: Change,
    make: (found: Known | undefined) => Pick<Known, "state" | "since" | "until">,
  ): Promise<Changed | undefined> {
    const { clock, by, random = Math.random } = this.options;
    return this.#hold(async () => {
      for (;;) {
        const [found] = await this.#find([key]);
        const { known, entry } = found!;
        if (ifVersion !== undefined && known?.version !== ifVersion) return undefined;
        const version = nextVersion(Math.max(known?.version ?? 0, after), clock.wall(), random);
        const next = { ...make(known), version, sure: true, by };
        if (await this.#write(key, next, entry)) return { now: next, before: known };
        // Another change was quicker; this one comes after it.
      }
    });
  }

  /** False when something else than `entry` stands there by now. */
  async #write(key: string, known: Known, entry: Entry | undefined): Promise<boolean> {
    const { clock, store } = this.options;
    const ttlMs = known.until - clock.now();
    if (ttlMs <= 0) return false;
    const record = encodeLiveRecord({ ...known, expires: Math.round(clock.wall() + ttlMs) });
    const ifVersion = entry?.version ?? null;
    return await store.set(PREFIX + key, record, { ttlMs, ifVersion }) !== undefined;
  }

  #parse(value: string): Known | undefined {
    const { clock, ttlMs } = this.options;
    const record = decodeLiveRecord(value);
    if (!record) return undefined;
    const { version, state, since, expires, by } = record;
    // The store decides whether it is there; the time of day only says how soon to ask again.
    const rest = expires - clock.wall();
    const most = state === "live" ? ttlMs : ttlMs + ENDED_SLACK_MS;
    const close = rest > -CLOSE_MS && rest < most + CLOSE_MS;
    const lasts = close ? Math.min(Math.max(rest, LEAST_MS), most) : Math.min(LEASE_MS, most);
    const until = clock.now() + lasts;
    return { version, state, since, until, sure: false, by };
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
        if (wait === FIRST_RETRY_MS) {
          logger.warn(
            "The store of live conferences fails; what waits for it is held and tried again: {error}",
            {
              error: reasonOf(cause),
            },
          );
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
