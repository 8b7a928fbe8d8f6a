/**
 * What signs a token: the secret that the service has, or a private key from a file.
 *
 * @module
 */

import { createPrivateKey, type KeyObject } from "node:crypto";
import type { SigningKey, TokenSpec } from "../auth/mint.ts";
import type { KeySettings, Settings } from "../config/config.ts";
import { UsageError } from "./usage_error.ts";

/** A key that signs, with its algorithm. */
export interface Signer {
  readonly key: SigningKey;
  /** Names it; holds nothing of it. */
  readonly label: string;
}

/** Which key a token is to be signed with. */
export interface KeyChoice {
  /** The path of a PEM file. */
  readonly path: string | undefined;
  readonly kid: string | undefined;
}

/** RFC 7518 section 3.3. */
const MIN_RSA_BITS = 2048;

/** @throws {UsageError} there is no such key. */
export function chooseSigner(
  kind: TokenSpec["kind"],
  { path, kid }: KeyChoice,
  settings: Settings,
): Signer {
  if (path !== undefined) return { key: { pem: readPrivateKey(path), kid }, label: path };
  if (kid !== undefined) throw new UsageError("--kid names the key that --key gives: add --key");
  const [keys, name] = kind === "system"
    ? [settings.systemKeys, "SYSTEM_JWT_SECRET"]
    : [settings.clientKeys, "JWT_APP_SECRET"];
  if (keys.secret !== undefined) return { key: keys.secret, label: name };
  throw new UsageError(`Cannot sign: ${whyNoSecret(name, keys, settings)}`, "settings");
}

function whyNoSecret(name: string, keys: KeySettings, settings: Settings): string {
  if (settings.demo) {
    return "no key is set. In demo mode the service makes keys that only it knows; its page " +
      `http://127.0.0.1:${settings.port}/demo has tokens. Else set ${name}, or give --key`;
  }
  const { publicKey, jwksUrl, asapKeyServer, asapMappings } = keys;
  if (publicKey ?? jwksUrl ?? asapKeyServer ?? asapMappings[0]) {
    return `${name} is not set. Give the private key that belongs to the public one: --key PATH, ` +
      "and --kid ID where a key server has it";
  }
  return `${name} is not set, as the service must have it; or give a private key with --key PATH`;
}

/** Messages say nothing of what is in the file. */
function readPrivateKey(path: string): string {
  const pem = readFile(path);
  if (/BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    throw unusable(path, "it is encrypted; decrypt it first");
  }
  if (!pem.includes("PRIVATE KEY-----")) {
    const what = pem.includes("PUBLIC KEY-----") ? "it is a public key" : "it is no PEM";
    throw unusable(path, what);
  }
  const problem = problemOf(parse(path, pem));
  if (problem) throw unusable(path, problem);
  return pem;
}

function readFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw unusable(
      path,
      error instanceof Deno.errors.NotFound ? "no such file" : "it is unreadable",
    );
  }
}

function parse(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw unusable(path, "it cannot be decoded");
  }
}

function problemOf(key: KeyObject): string | undefined {
  const { modulusLength: bits = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa":
      return bits >= MIN_RSA_BITS ? undefined : `it is an RSA key of ${bits} bits`;
    case "ec":
      return namedCurve === "prime256v1" ? undefined : "its curve is not P-256";
    case "ed25519":
      return undefined;
    default:
      return `it is of the kind ${key.asymmetricKeyType}`;
  }
}

function unusable(path: string, why: string): UsageError {
  const wanted = `a private key in PEM form: RSA of ${MIN_RSA_BITS} bits or more, P-256 or Ed25519`;
  return new UsageError(`Cannot sign with ${path}: ${why}. --key takes ${wanted}`);
}
