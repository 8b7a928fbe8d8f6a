/**
 * What a token says of the events that its holder may see. Nothing here decides on the token: a list
 * that is malformed makes it useless for events, and for nothing else.
 *
 * @module
 */

import { BoundedMap } from "../base/bounded_map.ts";
import type { EventClaims } from "./principal.ts";
import type { JsonObject } from "./token.ts";
import { idOf } from "./user.ts";

/** The patterns of an `acl` claim, and the characters of each. */
const MAX_PATTERNS = 64;
const MAX_PATTERN_CHARS = 256;
/** Issuers give all their tokens a few lists. */
const MAX_LISTS = 1_024;

/** The values of `purpose` that make a token privileged. */
const PRIVILEGED_PURPOSES: readonly unknown[] = ["internal", "external_api"];

const lists = new BoundedMap<string, readonly string[]>(MAX_LISTS);

export function eventClaimsOf(payload: JsonObject): EventClaims {
  const session = idOf(payload["session"]);
  const privileged = payload["admin"] === true || PRIVILEGED_PURPOSES.includes(payload["purpose"]);
  return {
    ...(payload["acl"] !== undefined && { acl: aclOf(payload["acl"]) }),
    ...(session !== undefined && { session }),
    ...(privileged && { privileged }),
  };
}

/** Tokens with the same list share it: principals are remembered. */
function aclOf(claim: unknown): readonly string[] | null {
  if (!isAcl(claim)) return null;
  const key = JSON.stringify(claim);
  const known = lists.get(key);
  if (known) return known;
  const list = Object.freeze([...claim]);
  lists.set(key, list);
  return list;
}

function isAcl(claim: unknown): claim is readonly string[] {
  return Array.isArray(claim) && claim.length <= MAX_PATTERNS &&
    claim.every((pattern) => typeof pattern === "string" && pattern.length <= MAX_PATTERN_CHARS);
}
