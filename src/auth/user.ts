/**
 * The person and the features that a client token names. Nothing here decides on the token: what has
 * another form, or is too long to be remembered, is left out.
 *
 * @module
 */

import { BoundedMap } from "../base/bounded_map.ts";
import type { User } from "./principal.ts";
import { isObject } from "./token.ts";

/** Ids are compared, so a longer one is left out rather than cut to somebody else's. */
const MAX_ID_CHARS = 255;
/** A name is shown, so a longer one is cut. */
const MAX_NAME_CHARS = 255;
/** RFC 3696 section 3: 64 for the part before the `@`, 255 for the domain. */
const MAX_EMAIL_CHARS = 320;
/** Room for a URL; an image in the URL itself does not fit. */
const MAX_AVATAR_CHARS = 1_024;
const MAX_FEATURES = 64;
const MAX_FEATURE_CHARS = 64;
/** Issuers give all their tokens a few sets of features. */
const MAX_SETS = 256;

const sets = new BoundedMap<string, readonly string[]>(MAX_SETS);

/** `undefined`: it names nobody. */
export function userOf(value: unknown): User | undefined {
  if (!isObject(value)) return undefined;
  const [id, name] = [idOf(value["id"]), nameOf(value["name"])];
  const email = textOf(value["email"], MAX_EMAIL_CHARS);
  const avatar = textOf(value["avatar"], MAX_AVATAR_CHARS);
  const user: User = {
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(avatar !== undefined && { avatar }),
  };
  return Object.keys(user).length > 0 ? user : undefined;
}

/** The id of a user or of a token. Some issuers count them. */
export function idOf(value: unknown): string | undefined {
  return textOf(Number.isSafeInteger(value) ? String(value) : value, MAX_ID_CHARS);
}

/** The features that are `true` or `"true"`, as Prosody takes them; `undefined`: none. */
export function featuresOf(value: unknown): readonly string[] | undefined {
  if (!isObject(value)) return undefined;
  const names = Object.entries(value)
    .filter(([name, on]) => (on === true || on === "true") && name.length <= MAX_FEATURE_CHARS)
    .map(([name]) => name).sort().slice(0, MAX_FEATURES);
  return names.length > 0 ? shared(names) : undefined;
}

function shared(names: readonly string[]): readonly string[] {
  const key = JSON.stringify(names);
  const known = sets.get(key);
  if (known) return known;
  const features = Object.freeze([...names]);
  sets.set(key, features);
  return features;
}

/** Put together anew, because a slice would keep the whole text in memory. */
function nameOf(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  if (value.length <= MAX_NAME_CHARS) return value;
  return [...value].slice(0, MAX_NAME_CHARS).join("");
}

function textOf(value: unknown, most: number): string | undefined {
  const fits = typeof value === "string" && value !== "" && value.length <= most;
  return fits ? value : undefined;
}
