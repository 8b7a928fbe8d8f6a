/**
 * What an `Authorization` header says, before anybody has checked it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { RoomsError, unauthorized } from "./errors.ts";
import { type HawkHeader, parseHawkHeader } from "./hawk/header.ts";

export type Credentials =
  | { readonly scheme: "none" }
  | { readonly scheme: "hawk"; readonly header: HawkHeader }
  | { readonly scheme: "basic"; readonly token: string }
  | { readonly scheme: "bearer"; readonly authorization: string };

export type Scheme = Credentials["scheme"];

/** The challenges of an endpoint, by what it takes. */
export interface Challenges {
  readonly schemes: readonly Scheme[];
  /** Where nothing was sent. */
  readonly missing: string;
}

export const EXPIRED = "Invalid token; it may have expired.";

/** The longest header of `Basic` that is looked at. */
const MAX_BASIC_CHARS = 1_024;

/** @throws {RoomsError} it cannot be read, or is of a scheme that is not taken here. */
export function parseCredentials(
  authorization: string | undefined,
  { schemes }: Challenges,
): Credentials {
  const text = authorization?.trim() ?? "";
  if (text === "") return { scheme: "none" };
  const scheme = /^[\w-]*/.exec(text)![0].toLowerCase();
  if (!schemes.some((known) => known === scheme)) {
    throw unauthorized('Basic,Hawk error="Unsupported"', "Unsupported");
  }
  if (scheme === "hawk") {
    const header = parseHawkHeader(text);
    if (typeof header === "string") throw new RoomsError(400, 110, header);
    return { scheme, header };
  }
  if (scheme === "basic") return { scheme, token: parseBasic(text) };
  return { scheme: "bearer", authorization: text };
}

export function badBasic(): RoomsError {
  return unauthorized(`Basic error="${EXPIRED}"`, EXPIRED);
}

export function hawkError(error: string): RoomsError {
  return unauthorized(`Hawk error="${error}"`, error);
}

/** The user, where the password is empty; with or without the colon. */
function parseBasic(text: string): string {
  const encoded = text.slice("basic".length).trim();
  if (encoded === "") throw unauthorized("Basic");
  if (encoded.length > MAX_BASIC_CHARS) throw badBasic();
  const decoded = Buffer.from(encoded, "base64").toString("utf8");
  const token = decoded.endsWith(":") ? decoded.slice(0, -1) : decoded;
  if (token === "" || token.includes(":")) throw badBasic();
  return token;
}
