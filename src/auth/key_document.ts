/**
 * A document of a key server that holds keys, and how long each answer of the server counts. The one
 * implementation under both the JWKS and the ASAP source.
 *
 * | age of the last good answer | |
 * |---|---|
 * | up to {@linkcode REFRESH_AFTER_MS} | used as it is |
 * | up to {@linkcode MAX_AGE_MS} | used, and fetched again meanwhile |
 * | more | fetched again first; while the server fails, used up to {@linkcode MAX_STALE_MS} |
 *
 * @module
 */

import type { Clock } from "../time/clock.ts";
import { AuthError } from "./auth_error.ts";
import { type Channel, perChannel } from "./channel.ts";
import { FETCH_TIMEOUT_MS, fetchKeyText } from "./key_fetch.ts";
import { importPublicKey, type PublicKey } from "./public_key.ts";
import type { VerificationKey } from "./verification_key.ts";

/** How old a document is when it is fetched again in the background, milliseconds. */
export const REFRESH_AFTER_MS = 5 * 60_000;
/** Within this time a key that the server took away, or exchanged, ends here too. */
export const MAX_AGE_MS = 15 * 60_000;
/** How long a known key outlives an outage of its server. */
export const MAX_STALE_MS = 24 * 3_600_000;
/** A document is not fetched again sooner, however many tokens ask for it... */
export const COOLDOWN_MS = 10_000;
/** ...and when the last attempt failed, not sooner than this. */
export const ERROR_COOLDOWN_MS = 3_000;

/** Reads the keys out of a document, by kid. @throws {PublicKeyError} */
export type DocumentReader = (text: string) => ReadonlyMap<string, PublicKey>;

/** Where the document is, and how it is read. */
export interface KeyDocumentOptions {
  clock: Clock;
  read: DocumentReader;
  /** Ends what is under way when the source is disposed. */
  signal: AbortSignal;
  /** Whether a 404 means that the key was taken away, rather than that the server is broken. */
  absentMeansGone: boolean;
  /** Told of every attempt how it went; a 404 that means something is an answer. */
  onAnswer?: () => void;
  onFailure?: (error: AuthError) => void;
}

/** One look at the server. */
export interface Refresh {
  timeoutMs?: number;
  /** For whom: each has a cooldown of its own, so that strangers put no backend off. */
  channel?: Channel;
}

/** A document of keys that is fetched once for all who ask, and kept. */
export class KeyDocument {
  readonly #url: string;
  readonly #options: KeyDocumentOptions;
  #keys: ReadonlyMap<string, RemoteKey> | undefined;
  #fetchedAt = -Infinity;
  /** When the last request ended: one that hung is not followed by the next at once. */
  readonly #askedAt: Record<Channel, number> = perChannel(() => -Infinity);
  #failure: AuthError | undefined;
  #loading: Promise<void> | undefined;

  constructor(url: string, options: KeyDocumentOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** Why the last attempt gave no keys; `undefined` when it did. */
  get failure(): AuthError | undefined {
    return this.#failure;
  }

  /** Whether a key of the last good answer has this fingerprint. */
  holds(fingerprint: string): boolean {
    for (const key of this.#keys?.values() ?? []) {
      if (key.fingerprint === fingerprint) return true;
    }
    return false;
  }

  /** The keys, if they count without asking the server first. */
  current(): ReadonlyMap<string, RemoteKey> | undefined {
    if (!this.#keys) return undefined;
    const age = this.#options.clock.now() - this.#fetchedAt;
    if (age > REFRESH_AFTER_MS) void this.refresh();
    if (age <= MAX_AGE_MS) return this.#keys;
    return this.#failure && age <= MAX_STALE_MS ? this.#keys : undefined;
  }

  /**
   * Fetches the document, unless it was fetched just now. Callers at the same time share one
   * request. Never fails: see {@linkcode failure}.
   */
  refresh({ timeoutMs = FETCH_TIMEOUT_MS, channel = "socket" }: Refresh = {}): Promise<void> {
    if (this.#loading) return this.#loading;
    const cooldown = this.#failure ? ERROR_COOLDOWN_MS : COOLDOWN_MS;
    if (this.#options.clock.now() - this.#askedAt[channel] < cooldown) return Promise.resolve();
    // One request at a time, and one that ran out of time is aborted, so that no late answer can
    // overwrite a newer one.
    this.#loading = this.#load(timeoutMs).finally(() => {
      this.#askedAt[channel] = this.#options.clock.now();
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(timeoutMs: number): Promise<void> {
    try {
      const { clock, signal } = this.#options;
      const text = await fetchKeyText(this.#url, { clock, signal, timeoutMs });
      if (text === undefined) return this.#absent();
      await this.#accept(this.#options.read(text));
    } catch (cause) {
      // Whatever came is not a key, so it never takes the place of one.
      const reason = `the key cannot be had: ${(cause as Error).message}`;
      this.#fail(new AuthError("key_unavailable", reason, { cause }));
    }
  }

  async #accept(found: ReadonlyMap<string, PublicKey>): Promise<void> {
    const keys = new Map<string, RemoteKey>();
    for (const [kid, key] of found) {
      const known = this.#keys?.get(kid);
      keys.set(
        kid,
        known?.fingerprint === key.fingerprint
          ? known
          : new RemoteKey(this, key, await importPublicKey(key)),
      );
    }
    this.#replace(keys);
    this.#fetchedAt = this.#options.clock.now();
    this.#failure = undefined;
    this.#options.onAnswer?.();
  }

  #fail(failure: AuthError): void {
    this.#failure = failure;
    this.#options.onFailure?.(failure);
  }

  #absent(): void {
    if (!this.#options.absentMeansGone) {
      this.#fail(new AuthError("key_unavailable", `there are no keys at ${this.#url}`));
      return;
    }
    this.#options.onAnswer?.();
    this.#replace(undefined);
    this.#failure = new AuthError("unknown_key", `there is no key at ${this.#url}`);
  }

  #replace(keys: ReadonlyMap<string, RemoteKey> | undefined): void {
    for (const [kid, key] of this.#keys ?? []) {
      if (keys?.get(kid) !== key) key.retire();
    }
    this.#keys = keys;
  }
}

/** A key of a document. It stands while the document counts and still holds it. */
export class RemoteKey implements VerificationKey {
  readonly algorithm: PublicKey["algorithm"];
  readonly material: CryptoKey;
  readonly fingerprint: string;
  readonly #document: KeyDocument;
  #retired = false;

  constructor(document: KeyDocument, key: PublicKey, material: CryptoKey) {
    this.#document = document;
    this.algorithm = key.algorithm;
    this.fingerprint = key.fingerprint;
    this.material = material;
  }

  stands(): boolean {
    return !this.#retired && this.#document.current() !== undefined;
  }

  retire(): void {
    this.#retired = true;
  }
}
