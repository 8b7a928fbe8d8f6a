/**
 * Whether a key signed a token.
 *
 * @module
 */

import { compactVerify, errors } from "jose";
import { AuthError } from "./auth_error.ts";
import type { DecodedToken } from "./token.ts";
import type { VerificationKey } from "./verification_key.ts";

/**
 * Signatures that are checked at once. WebCrypto works off the event loop; more would only queue up
 * in its thread pool, in front of everything else that needs a thread.
 */
const MAX_AT_ONCE = 4;

/** Checks signatures, a few at a time, in the order in which they come. */
export class SignatureCheck {
  #running = 0;
  /** As long as the callers of {@linkcode run} are many; they bound their number. */
  readonly #waiting = new Set<() => void>();

  /** @throws {AuthError} `signature`; `algorithm`: the key is of another kind. */
  async run(token: DecodedToken, key: VerificationKey): Promise<void> {
    if (token.header.alg !== key.algorithm) {
      throw new AuthError("algorithm", `its key is for ${key.algorithm} alone`);
    }
    if (this.#running >= MAX_AT_ONCE) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    } else {
      this.#running++;
    }
    try {
      await verify(token, key);
    } finally {
      this.#next();
    }
  }

  /** Hands the place on, or gives it up. */
  #next(): void {
    for (const resolve of this.#waiting) {
      this.#waiting.delete(resolve);
      return resolve();
    }
    this.#running--;
  }
}

async function verify(token: DecodedToken, key: VerificationKey): Promise<void> {
  try {
    await compactVerify(token.text, key.material, { algorithms: [key.algorithm] });
  } catch (cause) {
    if (cause instanceof errors.JWSSignatureVerificationFailed) {
      throw new AuthError("signature", "the signature was not made with the key");
    }
    throw new AuthError("malformed", `the token cannot be read: ${(cause as Error).message}`);
  }
}
