/**
 * A secret that the issuer of tokens and this service share.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { type KeyCheck, type KeyOrigin, KeySettingError } from "./key_origin.ts";
import type { VerificationKey } from "./verification_key.ts";

/** RFC 7518 section 3.2: as long as the output of the hash. */
export const MIN_SECRET_OCTETS = 32;

/** One HS256 secret. */
export class SecretKeySource implements KeyOrigin {
  readonly kind = "secret";
  readonly label = "the shared secret";
  readonly algorithms = ["HS256"] as const;
  readonly #fingerprint: string;
  readonly #secret: Uint8Array<ArrayBuffer>;
  #key: Promise<VerificationKey> | undefined;

  /** @throws {KeySettingError} the secret is empty. */
  constructor(secret: string) {
    if (secret === "") throw new KeySettingError("the secret is empty");
    this.#secret = new TextEncoder().encode(secret);
    this.#fingerprint = secretFingerprint(secret);
  }

  tenantOf(): undefined {
    return undefined;
  }

  async find(): Promise<readonly VerificationKey[]> {
    this.#key ??= this.#import();
    return [await this.#key];
  }

  holds(fingerprint: string): boolean {
    return fingerprint === this.#fingerprint;
  }

  renew(): Promise<void> {
    return Promise.resolve();
  }

  check(): Promise<KeyCheck> {
    return Promise.resolve({ ok: true, text: `${this.label} is set` });
  }

  [Symbol.dispose](): void {}

  async #import(): Promise<VerificationKey> {
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const material = await crypto.subtle.importKey("raw", this.#secret, hmac, false, ["verify"]);
    const fingerprint = this.#fingerprint;
    return { algorithm: "HS256", material, fingerprint, stands: () => true };
  }
}

/** What tells a secret from others; never shown, because a short secret could be guessed from it. */
export function secretFingerprint(secret: string): string {
  return `secret ${createHash("sha256").update(secret).digest("base64url")}`;
}
