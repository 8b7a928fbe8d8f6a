/**
 * A set of keys in one document (RFC 7517 section 5), as OpenID providers publish it.
 *
 * @module
 */

import type { Clock } from "../time/clock.ts";
import { AuthError } from "./auth_error.ts";
import { quote } from "../base/quote.ts";
import type { Channel } from "./channel.ts";
import { KeyDocument } from "./key_document.ts";
import { KeyServerOutage } from "./key_server_outage.ts";
import type { KeyCheck, KeyOrigin } from "./key_origin.ts";
import { keyServerUrl } from "./key_server_url.ts";
import { PUBLIC_KEY_ALGORITHMS, type PublicKey, PublicKeyError, readJwk } from "./public_key.ts";
import { isObject, type TokenHeader } from "./token.ts";
import type { VerificationKey } from "./verification_key.ts";

/** Of a larger set the rest is not used; 64 KiB hold about as many. */
const MAX_KEYS = 200;
const VISIBLE_ASCII = /^[!-~]+$/;

/** Keys of a JSON Web Key Set at a URL (RFC 7517), fetched anew when an unknown `kid` comes. */
export class JwksKeySource implements KeyOrigin {
  readonly kind = "jwks";
  readonly label: string;
  readonly algorithms = PUBLIC_KEY_ALGORITHMS;
  readonly #document: KeyDocument;
  readonly #disposal = new AbortController();
  readonly #outage: KeyServerOutage;
  readonly #clock: Clock;
  readonly #url: string;

  /** @throws {KeySettingError} `url` is not an http(s) URL. */
  constructor(url: string, clock: Clock) {
    this.#url = keyServerUrl(url).href;
    this.#clock = clock;
    this.label = `the key set at ${this.#url}`;
    this.#outage = new KeyServerOutage(this.label, clock);
    this.#document = this.#open(this.#outage);
  }

  tenantOf(): undefined {
    return undefined;
  }

  async find(
    header: TokenHeader,
    channel: Channel = "socket",
  ): Promise<readonly VerificationKey[]> {
    try {
      return [await this.#find(header, channel)];
    } catch (error) {
      this.#outage.refused(error);
      throw error;
    }
  }

  holds(fingerprint: string): boolean {
    return this.#document.holds(fingerprint);
  }

  async #find({ kid }: TokenHeader, channel: Channel): Promise<VerificationKey> {
    if (kid === undefined || !VISIBLE_ASCII.test(kid)) {
      throw new AuthError("malformed", `no key has the kid ${quote(kid)}`);
    }
    // A key that is not there may have been added since; the cooldown keeps that cheap.
    if (!this.#document.current()?.has(kid)) await this.#document.refresh({ channel });
    const keys = this.#document.current();
    const key = keys?.get(kid);
    if (key) return key;
    if (!keys && this.#document.failure) throw this.#document.failure;
    throw new AuthError("unknown_key", `${this.label} has no key ${quote(kid)}`);
  }

  renew(_header: TokenHeader, channel: Channel = "socket"): Promise<void> {
    return this.#document.refresh({ channel });
  }

  async check(): Promise<KeyCheck> {
    const document = this.#open();
    await document.refresh();
    const keys = document.current();
    if (!keys) return { ok: false, text: `${this.label}: ${document.failure?.message}` };
    if (keys.size === 0) return { ok: false, text: `${this.label} holds no key that can be used` };
    return { ok: true, text: `${this.label} has the keys ${[...keys.keys()].join(", ")}` };
  }

  [Symbol.dispose](): void {
    this.#disposal.abort();
  }

  #open(outage?: KeyServerOutage): KeyDocument {
    return new KeyDocument(this.#url, {
      clock: this.#clock,
      signal: this.#disposal.signal,
      read: readSet,
      absentMeansGone: false,
      onAnswer: () => outage?.ended(),
      onFailure: (error) => outage?.goesOn(error),
    });
  }
}

/** RFC 7517 section 5: members that are not understood are left out, the others still count. */
function readSet(text: string): ReadonlyMap<string, PublicKey> {
  const keys = new Map<string, PublicKey>();
  for (const jwk of parseMembers(text).slice(0, MAX_KEYS)) {
    const kid = isObject(jwk) ? jwk["kid"] : undefined;
    const key = typeof kid === "string" && !keys.has(kid) ? readMember(jwk) : undefined;
    if (key) keys.set(kid as string, key);
  }
  return keys;
}

function readMember(jwk: unknown): PublicKey | undefined {
  try {
    return readJwk(jwk);
  } catch (error) {
    if (error instanceof PublicKeyError) return undefined;
    throw error;
  }
}

function parseMembers(text: string): unknown[] {
  const set: unknown = JSON.parse(text);
  if (!isObject(set) || !Array.isArray(set["keys"])) {
    throw new PublicKeyError("it is not a key set");
  }
  return set["keys"];
}
