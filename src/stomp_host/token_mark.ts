import { hash } from "node:crypto";

/** Bits of the hash that are kept: what the engine keeps in an object itself. */
const BITS = 30;

/**
 * Stands for a token without being one, so that who comes back is known: a part of its SHA-256, as
 * a number from 1, because every connection has one; 0 stands for no token.
 */
export function tokenMark(token: string): number {
  return hash("sha256", token, "buffer").readUInt32LE(0) >>> (32 - BITS) || 1;
}
