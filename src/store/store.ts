/**
 * The store keeps opaque strings under a key for a time. The domain owns their meaning.
 *
 * @module
 */

/** The port. Implementations: `KvStore` (embedded), `RemoteStore` (a worker's), `RedisStore`. */
export interface Store extends AsyncDisposable {
  /**
   * The values of `keys`, in their order; `undefined` for one that is not there or has expired.
   *
   * @throws {StoreError} the store cannot be reached.
   */
  get(keys: readonly string[]): Promise<(string | undefined)[]>;

  /**
   * Keeps `value` for `ttlMs` milliseconds from now. Resolves when it is durable: it survives a
   * `kill -9` of this process right after. The time to live counts elapsed time, so a jump of the
   * wall clock neither ends nor extends it while the process (or the Redis server) lives.
   *
   * @throws {StoreError} the store cannot be reached; whether the value is kept is unknown.
   */
  set(key: string, value: string, ttlMs: number): Promise<void>;

  /** Removes `key`; it may be unknown. @throws {StoreError} the store cannot be reached. */
  delete(key: string): Promise<void>;

  /** Up to `limit` keys that are there now, in no order. @throws {StoreError} */
  keys(limit: number): Promise<string[]>;

  /** Resolves when the store answers within `timeoutMs`. @throws {StoreError} it does not. */
  check(timeoutMs: number): Promise<void>;
}

/** The store cannot be reached. `cause` is the driver's own error. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}
