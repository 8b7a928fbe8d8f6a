/**
 * A map that a stranger may feed.
 *
 * @module
 */

/** The part of the entries that is forgotten when there is no room. */
const FORGOTTEN = 1 / 64;

/** Holds at most `limit` entries: when it is full, some that were used least recently are forgotten. */
export class BoundedMap<K, V> {
  readonly #limit: number;
  readonly #entries = new Map<K, V>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Counts as a use. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#limit) this.#forget();
    this.#entries.set(key, value);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries();
  }

  values(): IterableIterator<V> {
    return this.#entries.values();
  }

  /** Several at once: a map keeps holes where entries were, and walks over them to the oldest. */
  #forget(): void {
    let left = Math.ceil(this.#limit * FORGOTTEN);
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key);
      if (--left === 0) break;
    }
  }
}
