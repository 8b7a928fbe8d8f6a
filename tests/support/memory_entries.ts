import {
  assertValueFits,
  type DeleteOptions,
  type Entry,
  type SetOptions,
  StoreError,
  type Version,
} from "../../src/store/store.ts";
import type { Clock } from "../../src/time/clock.ts";

/** What a store keeps, in memory, with the rules of the port and none of its ways to fail. */
export class MemoryEntries {
  readonly #entries = new Map<string, Entry & { readonly until: number }>();
  readonly #clock: Pick<Clock, "now">;
  #last = 0;

  /** Without a clock nothing ever expires. */
  constructor(clock: Pick<Clock, "now"> = { now: () => 0 }) {
    this.#clock = clock;
  }

  /** How many keys there are. */
  get size(): number {
    return this.keys("", Infinity).length;
  }

  get(key: string): Entry | undefined {
    const kept = this.#entries.get(key);
    if (!kept || this.#clock.now() >= kept.until) return undefined;
    return { value: kept.value, version: kept.version };
  }

  set(key: string, value: string, options: SetOptions = {}): Version | undefined {
    const { ttlMs = Infinity, ifVersion } = options;
    try {
      assertValueFits(value);
    } catch (cause) {
      throw new StoreError("Cannot set", { cause });
    }
    if (ifVersion !== undefined && ifVersion !== this.#versionOf(key)) return undefined;
    const version = `v${++this.#last}`;
    this.#entries.set(key, { value, version, until: this.#clock.now() + ttlMs });
    return version;
  }

  delete(key: string, { ifVersion }: DeleteOptions = {}): boolean {
    if (ifVersion !== undefined && ifVersion !== this.#versionOf(key)) return false;
    this.#entries.delete(key);
    return true;
  }

  keys(prefix: string, limit: number): string[] {
    return [...this.#entries.keys()]
      .filter((key) => key.startsWith(prefix) && this.get(key))
      .slice(0, limit);
  }

  #versionOf(key: string): Version | null {
    return this.get(key)?.version ?? null;
  }
}
