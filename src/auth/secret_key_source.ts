/**
 * A secret that the issuer of tokens and this service share.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { type KeyCheck, type KeyOrigin, KeySettingError } from "./key_origin.ts";
import type { VerificationKey } from "./verification_key.ts";

/** RFC 7518 section 3.2: as long as the output of the hash. */
const MIN_SECRET_OCTETS = 32;

export class SecretKeySource implements KeyOrigin {
  readonly kind = "secret";
  readonly label = "the shared secret";
  readonly algorithms = ["HS256"] as const;
  readonly warnings: readonly string[];
  readonly identities: readonly string[];
  readonly #secret: Uint8Array<ArrayBuffer>;
  #key: Promise<VerificationKey> | undefined;

  /** @throws {KeySettingError} the secret is empty. */
  constructor(secret: string) {
    if (secret === "") throw new KeySettingError("the secret is empty");
    this.#secret = new TextEncoder().encode(secret);
    this.identities = [`secret ${createHash("sha256").update(this.#secret).digest("base64url")}`];
    this.warnings = this.#secret.length >= MIN_SECRET_OCTETS ? [] : [
      `the secret has ${this.#secret.length} octets and can be guessed from a token; ` +
      `take ${MIN_SECRET_OCTETS} random ones or more`,
    ];
  }

  tenantOf(): undefined {
    return undefined;
  }

  find(): Promise<VerificationKey> {
    this.#key ??= this.#import();
    return this.#key;
  }

  renew(): Promise<void> {
    return Promise.resolve();
  }

  check(): Promise<KeyCheck> {
    return Promise.resolve({ ok: true, text: this.warnings[0] ?? `${this.label} is set` });
  }

  [Symbol.dispose](): void {}

  async #import(): Promise<VerificationKey> {
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const material = await crypto.subtle.importKey("raw", this.#secret, hmac, false, ["verify"]);
    const [fingerprint] = this.identities;
    return { algorithm: "HS256", material, fingerprint: fingerprint!, stands: () => true };
  }
}
