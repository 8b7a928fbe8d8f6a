import type { Clock } from "../../src/time/clock.ts";
import { type Store, StoreError } from "../../src/store/store.ts";

type Operation = "get" | "set" | "delete" | "keys" | "check";

/** A store in memory that a test slows down, takes away and counts. */
export class MemoryStore implements Store {
  readonly values = new Map<string, { readonly value: string; readonly until: number }>();
  readonly calls: Record<Operation, number> = { get: 0, set: 0, delete: 0, keys: 0, check: 0 };
  /** While true every call fails. */
  down = false;
  /** Milliseconds from a call to its effect, and from there to its answer. */
  delay: (operation: Operation) => number = () => 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#act("get", () => keys.map((key) => this.#value(key)));
  }

  set(key: string, value: string, ttlMs: number): Promise<void> {
    return this.#act("set", () => {
      this.values.set(key, { value, until: this.#clock.now() + ttlMs });
    });
  }

  delete(key: string): Promise<void> {
    return this.#act("delete", () => void this.values.delete(key));
  }

  keys(limit: number): Promise<string[]> {
    return this.#act("keys", () => {
      return [...this.values.keys()].filter((key) => this.#value(key) !== undefined)
        .slice(0, limit);
    });
  }

  check(): Promise<void> {
    return this.#act("check", () => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #value(key: string): string | undefined {
    const kept = this.values.get(key);
    return kept && this.#clock.now() < kept.until ? kept.value : undefined;
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
