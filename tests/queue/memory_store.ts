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

type Operation = "get" | "set" | "delete" | "keys" | "check";

/** A store in memory that a test slows down, takes away and counts. */
export class MemoryStore implements Store {
  readonly calls: Record<Operation, number> = { get: 0, set: 0, delete: 0, keys: 0, check: 0 };
  /** While true every call fails. */
  down = false;
  /** Milliseconds from a call to its effect, and from there to its answer. */
  delay: (operation: Operation) => number = () => 0;
  readonly #clock: Clock;
  readonly #entries: MemoryEntries;

  /** @param entries What it keeps, for two that see the same. */
  constructor(clock: Clock, entries: MemoryEntries = new MemoryEntries(clock)) {
    this.#clock = clock;
    this.#entries = entries;
  }

  get(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    return this.#act("get", () => keys.map((key) => this.#entries.get(key)));
  }

  set(key: string, value: string, options?: SetOptions): Promise<Version | undefined> {
    return this.#act("set", () => this.#entries.set(key, value, options));
  }

  delete(key: string, options?: DeleteOptions): Promise<boolean> {
    return this.#act("delete", () => this.#entries.delete(key, options));
  }

  keys(prefix: string, limit: number): Promise<string[]> {
    return this.#act("keys", () => this.#entries.keys(prefix, limit));
  }

  check(): Promise<void> {
    return this.#act("check", () => {});
  }

  /** From now on every call fails. */
  [Symbol.asyncDispose](): Promise<void> {
    this.down = true;
    return Promise.resolve();
  }

  async #act<T>(operation: Operation, effect: () => T): Promise<T> {
    this.calls[operation]++;
    await this.#pass(this.delay(operation));
    if (this.down) throw new StoreError(`Cannot ${operation}`);
    const result = effect();
    await this.#pass(this.delay(operation));
    return result;
  }

  async #pass(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => this.#clock.after(ms, resolve));
  }
}
