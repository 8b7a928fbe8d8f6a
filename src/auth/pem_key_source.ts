/**
 * One public key, given as a PEM block or as a file that holds one.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Clock } from "../time/clock.ts";
import { type KeyCheck, type KeyOrigin, KeySettingError } from "./key_origin.ts";
import { importPublicKey, PUBLIC_KEY_ALGORITHMS, type PublicKey, readPem } from "./public_key.ts";
import type { VerificationKey } from "./verification_key.ts";

/** How long a changed file may go unnoticed while tokens come in. */
export const FILE_CHECK_MS = 5_000;

export class PemKeySource implements KeyOrigin {
  readonly kind = "pem";
  readonly algorithms = PUBLIC_KEY_ALGORITHMS;
  readonly label: string;
  readonly warnings: readonly string[] = [];
  readonly #path: string | undefined;
  readonly #clock: Clock;
  #key: PublicKey;
  #checkedAt: number;
  #inUse: Promise<PemVerificationKey> | undefined;

  /** @throws {KeySettingError} it is neither a public key nor a file that can be read. */
  constructor(pemOrPath: string, clock: Clock) {
    this.#path = pemOrPath.includes("-----BEGIN") ? undefined : pemOrPath;
    this.label = this.#path === undefined ? "the public key" : `the public key in ${this.#path}`;
    this.#clock = clock;
    this.#key = this.#read(() => this.#path === undefined ? pemOrPath : readText(this.#path));
    this.#checkedAt = clock.now();
  }

  get identities(): string[] {
    return [`public key ${this.#key.fingerprint}`];
  }

  tenantOf(): undefined {
    return undefined;
  }

  async find(): Promise<VerificationKey> {
    await this.#reread();
    this.#inUse ??= this.#import();
    return await this.#inUse;
  }

  renew(): Promise<void> {
    return this.#reread();
  }

  async check(): Promise<KeyCheck> {
    if (this.#path === undefined) return { ok: true, text: `${this.label} is good` };
    try {
      const text = await readFile(this.#path, "utf8");
      const { algorithm } = this.#read(() => text);
      return { ok: true, text: `${this.label} is good, for ${algorithm}` };
    } catch (error) {
      return { ok: false, text: (error as Error).message };
    }
  }

  [Symbol.dispose](): void {}

  /** A file that cannot be read, or holds no key, changes nothing: it may be half written. */
  async #reread(): Promise<void> {
    if (this.#path === undefined || this.#clock.now() - this.#checkedAt < FILE_CHECK_MS) return;
    this.#checkedAt = this.#clock.now();
    try {
      const key = readPem(await readFile(this.#path, "utf8"));
      if (key.fingerprint !== this.#key.fingerprint) this.#replace(key);
    } catch {
      return;
    }
  }

  #replace(key: PublicKey): void {
    const old = this.#inUse;
    this.#key = key;
    this.#inUse = undefined;
    old?.then((inUse) => inUse.retire(), () => {});
  }

  async #import(): Promise<PemVerificationKey> {
    const key = this.#key;
    return new PemVerificationKey(key, await importPublicKey(key), () => void this.#reread());
  }

  #read(text: () => string): PublicKey {
    try {
      return readPem(text());
    } catch (cause) {
      throw new KeySettingError(`${this.label} cannot be used: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
}

class PemVerificationKey implements VerificationKey {
  readonly algorithm: PublicKey["algorithm"];
  readonly material: CryptoKey;
  readonly fingerprint: string;
  readonly #onUse: () => void;
  #retired = false;

  constructor(key: PublicKey, material: CryptoKey, onUse: () => void) {
    this.algorithm = key.algorithm;
    this.fingerprint = key.fingerprint;
    this.material = material;
    this.#onUse = onUse;
  }

  stands(): boolean {
    this.#onUse();
    return !this.#retired;
  }

  retire(): void {
    this.#retired = true;
  }
}

function readText(path: string): string {
  return readFileSync(path, "utf8");
}
