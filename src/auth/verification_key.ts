/**
 * A key in use.
 *
 * @module
 */

import type { Algorithm } from "./public_key.ts";

/**
 * The object itself is the identity: a source that renews a key and finds the same one hands out the
 * same object, so what was verified with it need not be verified again.
 */
export interface VerificationKey {
  readonly algorithm: Algorithm;
  readonly material: CryptoKey;
  /** A hash of the key: the same for the same key in every isolate, and in no other one. */
  readonly fingerprint: string;
  /** Whether what was verified with it still counts. `false`: ask the source for the key again. */
  stands(): boolean;
}
