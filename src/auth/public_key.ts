/**
 * Public keys: which are taken, and which algorithm belongs to each.
 *
 * @module
 */

import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { type CryptoKey, importSPKI } from "jose";
import { isObject } from "./token.ts";

/** The algorithms of public keys. Which one a key verifies is a matter of its kind alone. */
export const PUBLIC_KEY_ALGORITHMS = ["RS256", "ES256", "EdDSA"] as const;

/** The JWS algorithms that a public key may verify here (RFC 7518 section 3.1, RFC 8037). */
export type Algorithm = "HS256" | typeof PUBLIC_KEY_ALGORITHMS[number];

/** RFC 7518 section 3.3. */
const MIN_RSA_BITS = 2048;
/** The longest that the runtime reads, and with which its WebCrypto verifies. */
const MAX_RSA_BITS = 4096;

const PEM =
  /^-----BEGIN (?:RSA )?PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END (?:RSA )?PUBLIC KEY-----$/;

/** A public key that was read and found good. */
export interface PublicKey {
  readonly algorithm: Algorithm;
  /** SHA-256 of the key itself: the same key has the same one, however it is written. */
  readonly fingerprint: string;
  readonly pem: string;
}

/** Not a key that this service takes. The message says what is wrong with it. */
export class PublicKeyError extends Error {
  override readonly name = "PublicKeyError";
}

/**
 * Reads exactly one PEM block; a text with anything else around it (an error page) is not a key.
 *
 * @throws {PublicKeyError}
 */
export function readPem(text: string): PublicKey {
  // In an environment variable a line break is often written as a backslash and an n.
  const pem = text.replaceAll("\\n", "\n").trim();
  if (pem.includes("PRIVATE KEY-----")) {
    throw new PublicKeyError(
      "it is a private key, which this service must not have; give the public key of the pair: " +
        "openssl pkey -in private.pem -pubout > key.pem",
    );
  }
  if (pem.includes("BEGIN CERTIFICATE-----")) {
    throw new PublicKeyError(
      "it is a certificate; take the public key out of it: " +
        "openssl x509 -in cert.pem -pubkey -noout > key.pem",
    );
  }
  if (!PEM.test(pem)) throw new PublicKeyError("it is not a public key in PEM form");
  return accept(() => createPublicKey(pem));
}

/**
 * Reads a member of a JWK set.
 *
 * @returns `undefined` for a key that is not for signatures of ours, which a set may well hold.
 * @throws {PublicKeyError}
 */
export function readJwk(jwk: unknown): PublicKey | undefined {
  if (!isObject(jwk) || jwk["kty"] === "oct") return undefined;
  if (jwk["use"] !== undefined && jwk["use"] !== "sig") return undefined;
  if (Object.hasOwn(jwk, "d")) throw new PublicKeyError("it is a private key");
  const key = accept(() => createPublicKey({ key: { ...jwk }, format: "jwk" }));
  return jwk["alg"] === undefined || jwk["alg"] === key.algorithm ? key : undefined;
}

/** The key in the form that verifies. */
export function importPublicKey({ pem, algorithm }: PublicKey): Promise<CryptoKey> {
  return importSPKI(pem, algorithm);
}

function accept(parse: () => KeyObject): PublicKey {
  let key: KeyObject;
  try {
    key = parse();
  } catch (cause) {
    // The runtime does not decode a longer RSA key at all.
    const text =
      `it cannot be decoded (an RSA key may have ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits)`;
    throw new PublicKeyError(text, { cause });
  }
  const algorithm = algorithmOf(key);
  const der = key.export({ type: "spki", format: "der" });
  return {
    algorithm,
    fingerprint: createHash("sha256").update(der).digest("base64url"),
    pem: key.export({ type: "spki", format: "pem" }).toString(),
  };
}

function algorithmOf(key: KeyObject): Algorithm {
  const { modulusLength: bits = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa":
      if (bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS) return "RS256";
      throw new PublicKeyError(
        `it is an RSA key of ${bits} bits; ${MIN_RSA_BITS} to ${MAX_RSA_BITS} are taken`,
      );
    case "ec":
      if (namedCurve === "prime256v1") return "ES256";
      throw new PublicKeyError(`it is on the curve ${namedCurve}; P-256 is taken`);
    case "ed25519":
      return "EdDSA";
    default:
      throw new PublicKeyError(
        `it is of the kind ${key.asymmetricKeyType}; RSA, P-256 and Ed25519 are taken`,
      );
  }
}
