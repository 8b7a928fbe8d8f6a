/**
 * What `ROOMS_SECRET` is for: names that say nothing, and texts that nobody else reads.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHmac, hkdfSync } from "node:crypto";
import type { Sealing } from "../../rooms/sealing.ts";

const KEY_OCTETS = 32;
/** Of AES-GCM (NIST SP 800-38D section 8.2.2). */
const IV_OCTETS = 12;
/** Characters of a fingerprint: 132 bits. */
const FINGERPRINT_CHARS = 22;

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

export class Vault implements Sealing {
  readonly #namingKey: Uint8Array;
  readonly #sealingKey: CryptoKey;

  private constructor(namingKey: Uint8Array, sealingKey: CryptoKey) {
    this.#namingKey = namingKey;
    this.#sealingKey = sealingKey;
  }

  /** @param secret of 32 octets or more. */
  static async open(secret: string): Promise<Vault> {
    const sealing = derived(secret, "rooms sealing");
    const key = await crypto.subtle.importKey("raw", sealing, "AES-GCM", false, [
      "encrypt",
      "decrypt",
    ]);
    return new Vault(derived(secret, "rooms naming"), key);
  }

  /** 22 characters of base64url that stand for `text`, and do not tell it. */
  fingerprint(kind: string, text: string): string {
    return createHmac("sha256", this.#namingKey).update(`${kind}\0${text}`).digest("base64url")
      .slice(0, FINGERPRINT_CHARS);
  }

  async seal(text: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(IV_OCTETS));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv },
      this.#sealingKey,
      encoder.encode(text),
    );
    return Buffer.concat([iv, new Uint8Array(sealed)]).toString("base64url");
  }

  async open(sealed: string): Promise<string | undefined> {
    const octets = new Uint8Array(Buffer.from(sealed, "base64url"));
    const [iv, text] = [octets.subarray(0, IV_OCTETS), octets.subarray(IV_OCTETS)];
    try {
      const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, this.#sealingKey, text);
      return decoder.decode(opened);
    } catch {
      // Sealed under another secret, or not by us.
      return undefined;
    }
  }
}

function derived(secret: string, info: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(), info, KEY_OCTETS));
}
