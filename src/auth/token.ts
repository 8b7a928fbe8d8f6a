/**
 * Reads a JWT without believing it (RFC 7519, RFC 7515 section 7.1).
 *
 * @module
 */

import { base64url } from "jose";
import { AuthError } from "./auth_error.ts";
import { quote } from "../base/quote.ts";

/** A JSON object, as parsed. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The parts of the header that choose a key; nothing else of it is ever used. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid: string | undefined;
}

/** What a token says. Both the verdict and the authorisation come from this one parse. */
export interface DecodedToken {
  /** The compact form. */
  readonly text: string;
  readonly header: TokenHeader;
  readonly payload: JsonObject;
}

/** The longest token that is looked at; real ones have one or two thousand characters. */
export const MAX_TOKEN_CHARS = 16_384;
const MAX_KID_CHARS = 256;

const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const SCHEME = /^\s*bearer +/i;

/**
 * Header parameters that change how a token is to be read. `jku`, `jwk`, `x5u` and `x5c` are not
 * among them: they are ignored, so a token cannot bring its own key.
 */
const REFUSED_PARAMETERS = ["crit", "b64", "enc", "zip", "cty"];

/** The name itself, or an escape that may spell it. */
const MAY_NAME_PROTOTYPE = /__proto__|\\u/;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The token of an `Authorization` value. Whether it is one is for {@linkcode decodeToken} to say:
 * what is known already need not be looked through again.
 *
 * @throws {AuthError} `malformed`: another scheme, or too long.
 */
export function bearerToken(authorization: string): string {
  const scheme = SCHEME.exec(authorization)?.[0];
  if (scheme === undefined) throw malformed("Authorization does not say Bearer");
  const token = authorization.slice(scheme.length).trimEnd();
  if (token.length <= MAX_TOKEN_CHARS) return token;
  throw malformed(`it has more than ${MAX_TOKEN_CHARS} characters`);
}

/**
 * What tells a token that was accepted from others: its header and payload. One signature can often
 * be written in several ways.
 */
export function signedPart(authorization: string): string {
  const token = bearerToken(authorization);
  return token.slice(0, token.lastIndexOf("."));
}

/** @throws {AuthError} `malformed` */
export function decodeToken(text: string): DecodedToken {
  if (!COMPACT.test(text)) throw malformed("it is not three base64url parts with dots between");
  const [header = "", payload = ""] = text.split(".");
  return {
    text,
    header: readHeader(decodePart("header", header)),
    payload: decodePart("payload", payload),
  };
}

/** Whether `value` is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readHeader(header: JsonObject): TokenHeader {
  const refused = REFUSED_PARAMETERS.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) throw malformed(`the header parameter ${refused} is not supported`);
  const { alg, kid, typ } = header;
  // RFC 8725 section 3.11: a token made for another purpose says so in `typ`.
  if (typ !== undefined && !(typeof typ === "string" && typ.toUpperCase() === "JWT")) {
    throw malformed(`typ is ${quote(typ)}, not "JWT"`);
  }
  if (typeof alg !== "string") throw malformed("alg is not a string");
  if (kid === undefined) return { alg, kid };
  if (typeof kid !== "string" || kid === "" || kid.length > MAX_KID_CHARS) {
    throw malformed(`kid is not a string of 1 to ${MAX_KID_CHARS} characters`);
  }
  return { alg, kid };
}

function decodePart(name: string, part: string): JsonObject {
  let value: unknown;
  try {
    const text = utf8.decode(base64url.decode(part));
    // Looking at every key takes several times as long as the parse, so only where it may be there.
    value = MAY_NAME_PROTOTYPE.test(text) ? JSON.parse(text, refusePrototype) : JSON.parse(text);
  } catch (cause) {
    throw malformed(`its ${name} is not base64url-encoded JSON`, { cause });
  }
  if (!isObject(value)) throw malformed(`its ${name} is not a JSON object`);
  return value;
}

/** No honest token has such a key, and an object with one is a trap for whoever copies it. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new SyntaxError("a key is named __proto__");
  return value;
}

function malformed(reason: string, options?: ErrorOptions): AuthError {
  return new AuthError("malformed", `the token cannot be read: ${reason}`, options);
}
