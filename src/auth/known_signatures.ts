import { createHash } from "node:crypto";
import type { VerificationKey } from "./verification_key.ts";

/** 32-bit words of an entry, a SHA-256; entries of a bucket; buckets. 2 MiB in all. */
const WORDS = 8;
const WAYS = 4;
const BUCKETS = 16_384;

/**
 * Signatures that some isolate of the process has checked, in memory that all of them share: after a
 * reconnect a visitor is as likely as not on another worker, and its token need not be checked anew.
 *
 * An entry is the hash of the token and of the key that signed it, so it says nothing once the key is
 * another one; claims and the key's standing are judged each time. It is a set of fixed size in which
 * new entries replace old ones. Isolates write without a lock: of an entry that is torn by that not
 * all 256 bits fit any token.
 */
export class KnownSignatures {
  readonly #words: Uint32Array<SharedArrayBuffer>;

  /** @param shared from {@linkcode KnownSignatures.share}; the same for all isolates. */
  constructor(shared: SharedArrayBuffer) {
    this.#words = new Uint32Array(shared);
  }

  static share(): SharedArrayBuffer {
    return new SharedArrayBuffer(BUCKETS * WAYS * WORDS * Uint32Array.BYTES_PER_ELEMENT);
  }

  /** Whether `key` is known to have signed the token with this hash. */
  has(tokenId: string, key: VerificationKey): boolean {
    const entry = entryOf(tokenId, key);
    const bucket = bucketOf(entry);
    for (let way = 0; way < WAYS; way++) {
      const at = bucket + way * WORDS;
      if (entry.every((word, i) => this.#words[at + i] === word)) return true;
    }
    return false;
  }

  add(tokenId: string, key: VerificationKey): void {
    const entry = entryOf(tokenId, key);
    const bucket = bucketOf(entry);
    let way = 0;
    while (way < WAYS && this.#words[bucket + way * WORDS] !== 0) way++;
    if (way === WAYS) way = entry[1]! % WAYS;
    this.#words.set(entry, bucket + way * WORDS);
  }
}

function entryOf(tokenId: string, { fingerprint }: VerificationKey): Uint32Array {
  const digest = createHash("sha256").update(`${tokenId} ${fingerprint}`).digest();
  return new Uint32Array(new Uint8Array(digest).buffer);
}

/** Where the entry's bucket begins. */
function bucketOf(entry: Uint32Array): number {
  return (entry[0]! % BUCKETS) * WAYS * WORDS;
}
