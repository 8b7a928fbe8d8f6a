/**
 * Looks at a public key, given as a PEM or by its path, so that a wrong one is reported at start
 * with all other problems. The rules are those of `auth/`, which reads the key for use.
 *
 * @module
 */

import { createPublicKey, type KeyObject } from "node:crypto";

/** RFC 7518 section 3.3: 2048 bits or more. The upper bound keeps verification short. */
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

/** Exactly one block. */
const PEM =
  /^-----BEGIN (?:RSA )?PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END (?:RSA )?PUBLIC KEY-----$/;

/** What tells a usable key from others, or what is wrong in words that show nothing of it. */
export type PublicKeyResult = { readonly fingerprint: string } | { readonly problem: string };

/** @param text The PEM (line ends may be written as `\n`) or the path of a file that holds it. */
export function examinePublicKey(
  text: string,
  readFile: (path: string) => string,
): PublicKeyResult {
  let pem: string;
  try {
    pem = text.includes("-----BEGIN") ? text : readFile(text);
  } catch {
    return { problem: "is not a PEM, and there is no file of that name that can be read" };
  }
  pem = pem.replaceAll("\\n", "\n").trim();
  if (pem.includes("PRIVATE KEY-----")) {
    return { problem: "holds a private key, which this service must not have" };
  }
  if (!PEM.test(pem)) return { problem: "does not hold one PEM public key and nothing else" };
  return examine(pem);
}

function examine(pem: string): PublicKeyResult {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return { problem: "holds a PEM that cannot be decoded" };
  }
  const problem = problemOf(key);
  if (problem) return { problem };
  return { fingerprint: key.export({ type: "spki", format: "der" }).toString("base64") };
}

function problemOf(key: KeyObject): string | undefined {
  const { modulusLength: bits = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa":
      if (bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS) return undefined;
      return `holds an RSA key of ${bits} bits; ${MIN_RSA_BITS} to ${MAX_RSA_BITS} are taken`;
    case "ec":
      return namedCurve === "prime256v1" ? undefined : "holds a key on a curve other than P-256";
    case "ed25519":
      return undefined;
    default:
      return "holds a key that is neither RSA nor P-256 nor Ed25519";
  }
}
