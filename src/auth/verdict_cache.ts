/**
 * Tokens that were verified, so that a reconnect storm does not verify them again.
 *
 * @module
 */

import { hash } from "node:crypto";
import { BoundedMap } from "../base/bounded_map.ts";
import { isCurrent, type Moment } from "./claims.ts";
import type { ClientPrincipal, SystemPrincipal } from "./principal.ts";
import type { VerificationKey } from "./verification_key.ts";

/**
 * Some hundred octets each, and at most a few thousand: every text of a principal is bounded. Only
 * good tokens get in, so a stranger cannot empty it.
 */
export const MAX_VERDICTS = 50_000;

/** An accepted token: who it is, by which key. */
export interface Verdict {
  readonly principal: ClientPrincipal | SystemPrincipal;
  /** The key that signed it: the verdict ends when that does. */
  readonly key: VerificationKey;
}

/** Tokens that were accepted, by their hash, until they expire; bounded. */
export class VerdictCache {
  readonly #verdicts = new BoundedMap<string, Verdict>(MAX_VERDICTS);

  /** What stands for the token: its SHA-256, so that the cache is no store of tokens. */
  static idOf(token: string): string {
    // Hex, because the runtime encodes it in half the time of base64url.
    return hash("sha256", token, "hex");
  }

  /** The verdict, if it holds at this moment and its key stands. */
  standing(id: string, moment: Moment): Verdict | undefined {
    const verdict = this.#verdicts.get(id);
    if (!verdict) return undefined;
    if (!isCurrent(verdict.principal.expiresAt, moment)) {
      this.#verdicts.delete(id);
      return undefined;
    }
    return verdict.key.stands() ? verdict : undefined;
  }

  /** Whether this key is known to have signed the token, though it had to be asked for again. */
  signedBy(id: string, key: VerificationKey): boolean {
    return this.#verdicts.get(id)?.key === key;
  }

  set(id: string, verdict: Verdict): void {
    this.#verdicts.set(id, verdict);
  }
}
