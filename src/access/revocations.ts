import type { RevocationCheck } from "../auth/revocation.ts";
import type { ClientPrincipal, SystemPrincipal } from "../auth/principal.ts";
import { type Bus, BusError, type Subscription } from "../bus/bus.ts";
import { defineTopic } from "../bus/topic.ts";
import { getLogger } from "../log/log.ts";
import type { Store } from "../store/store.ts";
import type { Clock, Timer } from "../time/clock.ts";

/** Tokens that are revoked at a time. Of more the caller is told that there is no room. */
const MAX_REVOKED = 100_000;
/** How long a revocation is kept of which it is not known when the token expires. */
const UNKNOWN_EXPIRY_SEC = 400 * 24 * 3_600;
/** A token is accepted for so long after its `exp`, and clocks are off by a little more. */
const MARGIN_SEC = 60;
/** Keys that one read of the store takes. */
const READ_BATCH = 500;
/** How often what this isolate knows is held against the store: lost messages are found again. */
const RECONCILE_MS = 60_000;
/** How soon the store is asked again that was away. */
const AGAIN_MS = 1_000;

const PREFIX = "revoked/";
const logger = getLogger("access");

/** There is no room for one more revocation. */
export class TooManyRevocationsError extends Error {
  override readonly name = "TooManyRevocationsError";
}

/** `exp`: seconds since the epoch until which the entry has to stay. */
interface Word {
  readonly jti: string;
  readonly exp: number;
}

const REVOKED = defineTopic<Word>("revoked", {
  message: {
    safeParse(value) {
      const word = value as Word | null;
      const fits = typeof word?.jti === "string" && typeof word.exp === "number";
      return { data: fits ? word : undefined };
    },
  },
});

interface Entry {
  exp: number;
  /** When this isolate heard of it, by its clock. */
  readonly at: number;
}

export interface RevocationsOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
}

/**
 * The tokens that were taken back before they expire, by their `jti`: kept in the store, and known
 * in every isolate.
 */
export class Revocations implements RevocationCheck, Disposable {
  readonly #options: RevocationsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();
  readonly #running: Disposable[] = [];
  #subscription: Subscription;
  #reconciling: Promise<void> | undefined;
  #again: Timer | undefined;

  private constructor(options: RevocationsOptions) {
    const { bus, clock } = options;
    this.#options = options;
    this.#subscription = REVOKED.subscribe(bus, ({ jti, exp }) => this.#learn(jti, exp));
    const timer: Timer = clock.every(RECONCILE_MS, () => void this.#reconcile());
    this.#running = [timer, bus.onGap(() => void this.#reconcile()), this.#subscription];
  }

  /** Reads what was revoked before. Where the store is away, it is read as soon as it is back. */
  static async open(options: RevocationsOptions): Promise<Revocations> {
    const revocations = new Revocations(options);
    // Whatever is revoked after this is heard, so the store is read after it.
    await revocations.#subscription.ready.catch(() => {});
    await revocations.#reconcile();
    return revocations;
  }

  /** Tokens that are revoked now. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Takes a token back. Resolves once that is durable and the other isolates were told; harmless
   * when it was done before.
   *
   * @param exp when the token expires, in seconds since the epoch.
   * @throws {StoreError} it is unknown whether it is stored.
   * @throws {TooManyRevocationsError}
   */
  async revoke(jti: string, exp?: number): Promise<void> {
    const nowSec = this.#options.clock.wall() / 1_000;
    const until = Math.min(exp ?? Infinity, nowSec + UNKNOWN_EXPIRY_SEC);
    if (!this.#entries.has(jti) && this.#entries.size >= MAX_REVOKED) {
      this.#tidy();
      if (this.#entries.size >= MAX_REVOKED) {
        throw new TooManyRevocationsError(`Cannot revoke more than ${MAX_REVOKED} tokens`);
      }
    }
    await this.#keep(jti, until);
  }

  isRevoked({ tokenId, expiresAt }: ClientPrincipal | SystemPrincipal): boolean {
    const entry = tokenId === undefined ? undefined : this.#entries.get(tokenId);
    if (!entry) return false;
    if (expiresAt > entry.exp) {
      entry.exp = expiresAt;
      this.#keep(tokenId!, expiresAt)
        .catch((error) => logger.warn("Cannot prolong a revocation: {error}", { error }));
    }
    return true;
  }

  /** For how many milliseconds this isolate has known that `jti` is revoked; 0: it is not. */
  revokedForMs(jti: string): number {
    const entry = this.#entries.get(jti);
    return entry ? Math.max(1, this.#options.clock.now() - entry.at) : 0;
  }

  /** Calls `listener` each time a token was revoked anywhere, until it is disposed of. */
  onRevoked(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    for (const each of this.#running) each[Symbol.dispose]();
    this.#again?.[Symbol.dispose]();
    this.#listeners.clear();
  }

  async #keep(jti: string, exp: number): Promise<void> {
    const { bus, clock, store } = this.#options;
    const ttlMs = Math.max(0, (exp + MARGIN_SEC) * 1_000 - clock.wall());
    const ttl = Math.min(ttlMs, UNKNOWN_EXPIRY_SEC * 1_000);
    if (ttl > 0) await store.set(PREFIX + jti, String(exp), { ttlMs: ttl });
    this.#learn(jti, exp);
    await REVOKED.publish(bus, { jti, exp }).catch((error) => {
      // They read the store when the bus is back.
      if (!(error instanceof BusError)) throw error;
      logger.warn("Cannot tell other isolates of a revocation: {error}", { error });
    });
  }

  #learn(jti: string, exp: number): void {
    const known = this.#entries.get(jti);
    if (known) {
      known.exp = Math.max(known.exp, exp);
      return;
    }
    if (this.#entries.size >= MAX_REVOKED) this.#tidy();
    if (this.#entries.size >= MAX_REVOKED) return;
    this.#entries.set(jti, { exp, at: this.#options.clock.now() });
    for (const listener of this.#listeners) listener();
  }

  #tidy(): void {
    const nowSec = this.#options.clock.wall() / 1_000;
    for (const [jti, { exp }] of this.#entries) {
      if (exp + MARGIN_SEC < nowSec) this.#entries.delete(jti);
    }
  }

  #reconcile(): Promise<void> {
    return this.#reconciling ??= this.#read().finally(() => this.#reconciling = undefined);
  }

  async #read(): Promise<void> {
    const { store } = this.#options;
    this.#tidy();
    try {
      const keys = await store.keys(PREFIX, MAX_REVOKED);
      for (let i = 0; i < keys.length; i += READ_BATCH) {
        const batch = keys.slice(i, i + READ_BATCH);
        const entries = await store.get(batch);
        batch.forEach((key, j) => {
          const exp = Number(entries[j]?.value);
          if (Number.isFinite(exp)) this.#learn(key.slice(PREFIX.length), exp);
        });
      }
    } catch (error) {
      logger.warn("Cannot read which tokens are revoked: {error}", { error });
      this.#again?.[Symbol.dispose]();
      this.#again = this.#options.clock.after(AGAIN_MS, () => void this.#reconcile());
    }
  }
}
