/**
 * The store keeps opaque strings under a key, for a time or until they are deleted. The domain owns
 * their meaning.
 *
 * @module
 */

/** A value may have at most this many bytes of UTF-8: what every driver can keep with its own. */
export const MAX_VALUE_BYTES = 63 * 1024;

/**
 * Names what one `set` wrote: each `set` makes another, also of the same value, and none comes back.
 * It can be compared for equality, and nothing else.
 */
export type Version = string;

/** What stands under a key. */
export interface Entry {
  readonly value: string;
  readonly version: Version;
}

/** For how long, and over which version. */
export interface SetOptions {
  /** How long the value is kept, in milliseconds from now. Left out: until it is deleted. */
  readonly ttlMs?: number | undefined;
  /**
   * Write only if the key has this version; with `null`, only if it is not there. What has expired
   * is not there. Left out: write in any case.
   */
  readonly ifVersion?: Version | null | undefined;
}

/** Which version. */
export interface DeleteOptions {
  /** Delete only if the key has this version. Left out: delete in any case. */
  readonly ifVersion?: Version | undefined;
}

/** The port. Implementations: `KvStore` (embedded), `RemoteStore` (a worker's), `RedisStore`. */
export interface Store extends AsyncDisposable {
  /**
   * What stands under each of `keys`, in their order; `undefined` where nothing does.
   *
   * @throws {StoreError} the store cannot be reached.
   */
  get(keys: readonly string[]): Promise<(Entry | undefined)[]>;

  /**
   * Keeps `value` under `key`, and gives its version; `undefined` if it did not, because `ifVersion`
   * did not hold. Of several who name the same version one succeeds.
   *
   * Resolves when it is durable: it survives a `kill -9` of this process right after. The time to
   * live counts elapsed time, so a jump of the wall clock neither ends nor extends it while the
   * process (or the Redis server) lives.
   *
   * @throws {StoreError} the store cannot be reached: whether the value is kept is unknown. Or the
   * value has more than {@linkcode MAX_VALUE_BYTES}: it is not kept.
   */
  set(key: string, value: string, options?: SetOptions): Promise<Version | undefined>;

  /**
   * Removes `key`, which may be unknown. False if it did not, because `ifVersion` did not hold; of
   * several who name the same version one succeeds. Resolves when it is durable, as `set` does.
   *
   * @throws {StoreError} the store cannot be reached: whether the key is there is unknown.
   */
  delete(key: string, options?: DeleteOptions): Promise<boolean>;

  /**
   * Keys that begin with `prefix`: all that are there the whole time, up to `limit` of them, each
   * once, in no order. Fewer than `limit` are all.
   *
   * @throws {StoreError} the store cannot be reached.
   */
  keys(prefix: string, limit: number): Promise<string[]>;

  /**
   * Resolves when the store answers within `timeoutMs`, and could write when it tried last: it tries
   * every 10 s at most.
   *
   * @throws {StoreError} it does not, or cannot.
   */
  check(timeoutMs: number): Promise<void>;
}

/** The store cannot be reached, or refuses. `cause` is the driver's own error. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

const utf8 = new TextEncoder();

/** @throws {RangeError} `value` has more than {@linkcode MAX_VALUE_BYTES}. */
export function assertValueFits(value: string): void {
  // A UTF-16 unit has at most three bytes of UTF-8: most values need not be encoded to be counted.
  if (value.length * 3 <= MAX_VALUE_BYTES) return;
  const bytes = value.length > MAX_VALUE_BYTES ? value.length : utf8.encode(value).length;
  if (bytes > MAX_VALUE_BYTES) {
    throw new RangeError(`a value of ${bytes} bytes is over ${MAX_VALUE_BYTES}`);
  }
}
