/**
 * What every key source does, whatever its kind.
 *
 * @module
 */

import type { Channel } from "./channel.ts";
import type { Algorithm } from "./public_key.ts";
import type { TokenHeader } from "./token.ts";
import type { VerificationKey } from "./verification_key.ts";

/** What a look at a source found out, for a person. */
export interface KeyCheck {
  readonly ok: boolean;
  /** What is fine, or what is broken and the next step. */
  readonly text: string;
}

/** The port. Implementations: `SecretKeySource`, `PemKeySource`, `JwksKeySource`, `AsapKeySource`. */
export interface KeyOrigin extends Disposable {
  readonly kind: "secret" | "pem" | "jwks" | "asap";
  /** Names the source to a person; never holds a secret. */
  readonly label: string;
  /** What its keys may verify; each key verifies the one algorithm of its kind. */
  readonly algorithms: readonly Algorithm[];

  /**
   * The tenant that the key of this token belongs to, where the source serves keys of many tenants;
   * `undefined` where a key may speak for any.
   */
  tenantOf(header: TokenHeader): string | undefined;

  /**
   * The keys that may have signed a token whose algorithm is one of {@linkcode algorithms}: at least
   * one, and more than one only where the kid tells nothing.
   *
   * @param channel how the token came; `socket` when it is absent.
   * @throws {AuthError} `unknown_key`, `key_unavailable`, `busy`; `malformed`: no key has such a kid.
   */
  find(header: TokenHeader, channel?: Channel): Promise<readonly VerificationKey[]>;

  /**
   * Whether it has the key with this fingerprint, as far as it knows without asking a server. A
   * source to which strangers publish says no: else who publishes a public key of the other group
   * there would have that key refused.
   */
  holds(fingerprint: string): boolean;

  /**
   * Looks for a newer key, because a signature was not good: the key may have been exchanged under
   * the same name. At most one look per cooldown; {@linkcode find} then gives what there is.
   */
  renew(header: TokenHeader, channel?: Channel): Promise<void>;

  /** Looks whether the source works, now. Never fails. */
  check(): Promise<KeyCheck>;
}

/** A key setting that cannot work; the message says what to write instead. */
export class KeySettingError extends Error {
  override readonly name = "KeySettingError";
}
