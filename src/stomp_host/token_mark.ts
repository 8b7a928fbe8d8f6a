/** The last characters of a token, which are of its signature, and so of no other token's. */
const CHARS = 32;
/** Bits of the mark: a number that the engine keeps in an object itself. */
const BITS = 30;

/**
 * Stands for a token that was accepted, so that who comes back is known; nobody learns the token by
 * it. It is a number from 1; 0 stands for no token. FNV-1a, because every connection has one made,
 * and a signature is as random as it gets.
 */
export function tokenMark(authorization: string): number {
  let hash = 0x811c9dc5;
  const { length } = authorization;
  for (let i = Math.max(0, length - CHARS); i < length; i++) {
    hash = Math.imul(hash ^ authorization.charCodeAt(i), 0x01000193);
  }
  return hash >>> (32 - BITS) || 1;
}
