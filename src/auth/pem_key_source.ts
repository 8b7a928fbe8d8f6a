/**
 * Public keys that are given as PEM, or as files that hold one each.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { reasonOf } from "../base/reason.ts";
import { getLogger } from "../log/log.ts";
import type { Clock } from "../time/clock.ts";
import { type KeyCheck, type KeyOrigin, KeySettingError } from "./key_origin.ts";
import { importPublicKey, PUBLIC_KEY_ALGORITHMS, type PublicKey, readPem } from "./public_key.ts";
import { keyFilesIn, keyPlaces, readKeyFile, systemFiles } from "./public_key_files.ts";
import type { KeyFiles } from "./public_key_files.ts";
import type { VerificationKey } from "./verification_key.ts";

/** How long a changed file may go unnoticed while tokens come in. */
export const FILE_CHECK_MS = 5_000;

/** Stands for the path of a key that is in no file. */
const INLINE = "";

const logger = getLogger("auth");

/**
 * Reads the keys of a setting, by path.
 *
 * @throws {KeySettingError} one cannot be read, or is no public key that is taken.
 */
export function readPublicKeys(
  setting: string,
  files: KeyFiles = systemFiles,
): Map<string, PublicKey> {
  const places = keyPlaces(setting);
  if (!places) return new Map([[INLINE, readKey(INLINE, setting)]]);
  const paths = keyFilesIn(places, files);
  if (paths.length === 0) throw new KeySettingError("it names no file");
  return new Map(paths.map((path) => [path, readKey(path, readKeyFile(path, files))]));
}

/** Public keys from PEM text or from files, which may be exchanged while the service runs. */
export class PemKeySource implements KeyOrigin {
  readonly kind = "pem";
  readonly algorithms = PUBLIC_KEY_ALGORITHMS;
  readonly label: string;
  readonly #setting: string;
  /** Files and folders; `undefined`: the setting is the key. */
  readonly #places: readonly string[] | undefined;
  readonly #clock: Clock;
  #keys: ReadonlyMap<string, PemVerificationKey>;
  #checkedAt: number;
  /** What is wrong with the places now, as it was told. */
  #trouble: string | undefined;

  /** @throws {KeySettingError} it is neither a public key nor files that hold some. */
  constructor(setting: string, clock: Clock) {
    this.#setting = setting;
    this.#places = keyPlaces(setting);
    this.label = this.#places ? `the public key in ${this.#places.join(", ")}` : "the public key";
    this.#clock = clock;
    this.#keys = this.#inUse(this.#read());
    this.#checkedAt = clock.now();
  }

  tenantOf(): undefined {
    return undefined;
  }

  async find(): Promise<readonly VerificationKey[]> {
    await this.#reread();
    const keys = [...this.#keys.values()];
    await Promise.all(keys.map((key) => key.prepare()));
    return keys;
  }

  holds(fingerprint: string): boolean {
    for (const key of this.#keys.values()) if (key.fingerprint === fingerprint) return true;
    return false;
  }

  renew(): Promise<void> {
    return this.#reread();
  }

  check(): Promise<KeyCheck> {
    try {
      const keys = [...this.#read()].map(([path, { algorithm }]) =>
        path === INLINE ? `${this.label} is good` : `${path} is good, for ${algorithm}`
      );
      return Promise.resolve({ ok: true, text: keys.join("; ") });
    } catch (error) {
      return Promise.resolve({ ok: false, text: (error as Error).message });
    }
  }

  [Symbol.dispose](): void {}

  /** @throws {KeySettingError} */
  #read(): Map<string, PublicKey> {
    try {
      return readPublicKeys(this.#setting);
    } catch (cause) {
      throw new KeySettingError(`${this.label} cannot be used: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  /** A file that cannot be read, or holds no key, changes nothing: it may be half written. */
  async #reread(): Promise<void> {
    if (!this.#places || this.#clock.now() - this.#checkedAt < FILE_CHECK_MS) return;
    this.#checkedAt = this.#clock.now();
    const found = new Map<string, PublicKey>();
    const troubles: string[] = [];
    for (const path of this.#list(troubles)) {
      try {
        found.set(path, readKey(path, await readFile(path, "utf8")));
      } catch (error) {
        troubles.push(error instanceof KeySettingError ? error.message : reasonOf(error));
        const known = this.#keys.get(path);
        if (known) found.set(path, known.key);
      }
    }
    this.#say(troubles.join("; ") || undefined);
    this.#replace(found);
  }

  /** The files there are now; where that cannot be said, those that there were. */
  #list(troubles: string[]): Iterable<string> {
    try {
      return keyFilesIn(this.#places!);
    } catch (error) {
      troubles.push((error as Error).message);
      return this.#keys.keys();
    }
  }

  /** Once when it begins or is another one, once when it ends. */
  #say(trouble: string | undefined): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    if (trouble === undefined) {
      logger.info("All key files can be read again: {source}", { source: this.label });
      return;
    }
    logger.warn("A key file cannot be used, so the key that it held stays in use: {trouble}", {
      trouble,
    });
  }

  #replace(found: ReadonlyMap<string, PublicKey>): void {
    const old = this.#keys;
    this.#keys = this.#inUse(found, old);
    const kept = new Set(this.#keys.values());
    for (const [path, key] of old) {
      if (kept.has(key)) continue;
      key.retire();
      logger.info("The public key in {path} is not used any more", { path });
    }
  }

  /** A key that is known already stays the same object. */
  #inUse(
    found: ReadonlyMap<string, PublicKey>,
    known: ReadonlyMap<string, PemVerificationKey> = new Map(),
  ): ReadonlyMap<string, PemVerificationKey> {
    return new Map([...found].map(([path, key]) => {
      const old = known.get(path);
      if (old?.fingerprint === key.fingerprint) return [path, old];
      return [path, new PemVerificationKey(key, () => void this.#reread())];
    }));
  }
}

class PemVerificationKey implements VerificationKey {
  readonly key: PublicKey;
  readonly #onUse: () => void;
  #material: CryptoKey | undefined;
  #preparing: Promise<void> | undefined;
  #retired = false;

  constructor(key: PublicKey, onUse: () => void) {
    this.key = key;
    this.#onUse = onUse;
  }

  get algorithm(): PublicKey["algorithm"] {
    return this.key.algorithm;
  }

  get fingerprint(): string {
    return this.key.fingerprint;
  }

  get material(): CryptoKey {
    return this.#material!;
  }

  /** Before the first use of {@linkcode material}. */
  prepare(): Promise<void> {
    this.#preparing ??= importPublicKey(this.key).then((material) => {
      this.#material = material;
    });
    return this.#preparing;
  }

  stands(): boolean {
    this.#onUse();
    return !this.#retired;
  }

  retire(): void {
    this.#retired = true;
  }
}

/** @throws {KeySettingError} */
function readKey(path: string, text: string): PublicKey {
  try {
    return readPem(text);
  } catch (cause) {
    const where = path === INLINE ? "" : `${path}: `;
    throw new KeySettingError(`${where}${(cause as Error).message}`, { cause });
  }
}
