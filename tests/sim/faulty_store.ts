/**
 * A store like one Redis with a replica, which a schedule refuses, empties and fails over.
 *
 * @module
 */

import {
  type DeleteOptions,
  type Entry,
  type SetOptions,
  type Store,
  StoreError,
  type Version,
} from "../../src/store/store.ts";
import type { IsolateClock } from "./isolate_clock.ts";
import type { SimClock } from "./sim_clock.ts";

interface Kept extends Entry {
  readonly until: number;
}

/** A write, with what stood there before. */
interface Write {
  readonly at: number;
  readonly key: string;
  readonly before: Kept | undefined;
}

/** What all isolates share. */
export class FaultyEntries {
  readonly #entries = new Map<string, Kept>();
  #writes: Write[] = [];
  #made = 0;

  constructor(readonly clock: SimClock) {}

  get(key: string): Entry | undefined {
    const kept = this.#entries.get(key);
    if (!kept || this.clock.now() >= kept.until) return undefined;
    return { value: kept.value, version: kept.version };
  }

  set(
    key: string,
    value: string,
    { ttlMs = Infinity, ifVersion }: SetOptions,
  ): Version | undefined {
    if (ifVersion !== undefined && ifVersion !== (this.get(key)?.version ?? null)) return undefined;
    const version = `v${++this.#made}`;
    this.#write(key, { value, version, until: this.clock.now() + ttlMs });
    return version;
  }

  delete(key: string, { ifVersion }: DeleteOptions): boolean {
    if (ifVersion !== undefined && ifVersion !== (this.get(key)?.version ?? null)) return false;
    this.#write(key, undefined);
    return true;
  }

  keys(prefix: string, limit: number): string[] {
    return [...this.#entries.keys()]
      .filter((key) => key.startsWith(prefix) && this.get(key)).slice(0, limit);
  }

  /** Loses everything. */
  flush(): void {
    for (const key of this.#entries.keys()) this.#write(key, undefined);
  }

  /** A replica takes over that is `lagMs` behind: what was written since is as if it had not been. */
  failover(lagMs: number): void {
    const since = this.clock.now() - lagMs;
    for (const { at, key, before } of this.#writes.toReversed()) {
      if (at < since) break;
      if (before) this.#entries.set(key, before);
      else this.#entries.delete(key);
    }
    this.#writes = this.#writes.filter(({ at }) => at < since);
  }

  #write(key: string, kept: Kept | undefined): void {
    this.#writes.push({ at: this.clock.now(), key, before: this.#entries.get(key) });
    if (kept) this.#entries.set(key, kept);
    else this.#entries.delete(key);
  }
}

/** The store as one isolate reaches it. */
export class FaultyStore implements Store {
  /** Calls fail at once; with `after` they fail once they are done. */
  refusing: "at once" | "after" | undefined;
  #disposed = false;

  constructor(
    readonly entries: FaultyEntries,
    readonly clock: IsolateClock,
    readonly distanceMs: number,
  ) {}

  get(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    return this.#act(() => keys.map((key) => this.entries.get(key)));
  }

  set(key: string, value: string, options: SetOptions = {}): Promise<Version | undefined> {
    return this.#act(() => this.entries.set(key, value, options));
  }

  delete(key: string, options: DeleteOptions = {}): Promise<boolean> {
    return this.#act(() => this.entries.delete(key, options));
  }

  keys(prefix: string, limit: number): Promise<string[]> {
    return this.#act(() => this.entries.keys(prefix, limit));
  }

  check(): Promise<void> {
    return this.#act(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    return Promise.resolve();
  }

  #act<T>(effect: () => T): Promise<T> {
    const { clock, distanceMs } = this;
    if (this.#disposed || this.refusing === "at once") {
      return Promise.reject(new StoreError("Cannot reach the store"));
    }
    return new Promise<T>((resolve, reject) => {
      clock.base.after(distanceMs, () => {
        if (clock.dead) return;
        const lost = this.refusing === "at once";
        const value = lost ? undefined : effect();
        const failed = this.refusing !== undefined;
        clock.base.after(distanceMs, () => {
          clock.whenAwake(() => {
            if (failed) reject(new StoreError("Cannot reach the store"));
            else resolve(value as T);
          });
        });
      });
    });
  }
}
