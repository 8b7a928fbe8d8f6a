import { hkdfSync } from "node:crypto";

/** Octets of a session token. */
export const TOKEN_OCTETS = 32;

const INFO = "identity.mozilla.com/picl/v1/sessionToken";

/** By what a client of Hawk is known, and proves itself. */
export interface HawkCredentials {
  /** 64 hex digits. */
  readonly id: string;
  /** 64 hex digits; these characters are the key, not the octets that they stand for. */
  readonly key: string;
}

/** 64 hex digits that nobody can guess. */
export function makeSessionToken(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(TOKEN_OCTETS)));
}

/**
 * The credentials that belong to a session token: HKDF (RFC 5869) with SHA-256 and no salt, as the
 * shipped clients derive them.
 *
 * @param token 64 hex digits.
 */
export function credentialsOf(token: string): HawkCredentials {
  const octets = hkdfSync("sha256", fromHex(token), new Uint8Array(), INFO, 2 * TOKEN_OCTETS);
  const hex = toHex(new Uint8Array(octets));
  return { id: hex.slice(0, 2 * TOKEN_OCTETS), key: hex.slice(2 * TOKEN_OCTETS) };
}

function toHex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
