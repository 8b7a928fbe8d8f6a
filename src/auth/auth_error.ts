/**
 * Why a token is not accepted.
 *
 * @module
 */

/**
 * `missing` no token; `malformed` not a JWT that this service reads; `algorithm` no key source takes
 * its algorithm; `unknown_key` no key source has its key; `signature` the key did not sign it;
 * `expired`, `not_yet_valid`, `issuer`, `audience`, `claims` what it says is not accepted;
 * `revoked` it was taken back; `shared_key` its key belongs to both groups; `key_unavailable` its
 * key cannot be had just now; `busy` too much to verify just now.
 */
export type AuthErrorCode =
  | "missing"
  | "malformed"
  | "algorithm"
  | "unknown_key"
  | "signature"
  | "expired"
  | "not_yet_valid"
  | "issuer"
  | "audience"
  | "claims"
  | "shared_key"
  | "revoked"
  | "key_unavailable"
  | "busy";

/** The message is for an operator; it never holds the token or a part of its signature. */
export class AuthError extends Error {
  override readonly name = "AuthError";
  readonly code: AuthErrorCode;

  constructor(code: AuthErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** How much a code says about why a token failed, most first. */
const TELLING: readonly AuthErrorCode[] = [
  // A fault of the set-up, which no other reason should hide.
  "shared_key",
  // Transient: with the next attempt the verdict may be another.
  "busy",
  "key_unavailable",
  "revoked",
  "expired",
  "not_yet_valid",
  "signature",
  "malformed",
  "unknown_key",
  "issuer",
  "audience",
  "algorithm",
  // Last, because every system token lacks the claims of a client token.
  "claims",
];

/** Of several attempts at one token, the error that says most. */
export function mostTelling(errors: readonly AuthError[]): AuthErrorCode {
  return TELLING.find((code) => errors.some((error) => error.code === code)) ?? "unknown_key";
}
