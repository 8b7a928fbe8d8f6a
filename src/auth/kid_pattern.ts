/**
 * Which key ids belong to a key server. Whoever sends a token chooses its key id, so a pattern must
 * neither fit by accident nor take long for any of them.
 *
 * @module
 */

import { KeySettingError } from "./key_origin.ts";
import { quote } from "../base/quote.ts";

/** With two, a key id of 256 characters takes 65,000 steps at most; each more takes 256 times that. */
const MAX_REPETITIONS = 2;
const MAX_PATTERN_CHARS = 256;

/** The characters of a key id: a text of these alone is a prefix to the letter. */
const LITERAL = /^[\w./-]+$/;
const REPEATED_GROUP = /\)(?:[*+?]|\{\d)/;
/** Look-arounds, and references to groups: they cost more than they show. */
const REFUSED = /\(\?(?!:)/;
const REFERENCE = /\\[1-9k]/;
/** Quantifiers, once groups and escapes are taken away. */
const REPETITION = /[*+?]|\{\d+(?:,\d*)?\}/g;

/**
 * Reads the `kid` of a mapping. `tenant/` is a prefix, to the letter. What begins with `^` is a
 * regular expression with at most two repetitions, none of them of a group.
 *
 * @throws {KeySettingError} it is neither.
 */
export function kidMatcher(text: string): (kid: string) => boolean {
  if (LITERAL.test(text)) return (kid) => kid.startsWith(text);
  const pattern = readPattern(text);
  return (kid) => pattern.test(kid);
}

function readPattern(text: string): RegExp {
  if (!text.startsWith("^")) {
    throw refused(text, "is neither a prefix nor a pattern that begins with ^");
  }
  if (text.length > MAX_PATTERN_CHARS) {
    throw refused(text, `has more than ${MAX_PATTERN_CHARS} characters`);
  }
  const bare = withoutEscapes(text);
  const flat = bare.replaceAll("(?:", "(");
  if (REFUSED.test(bare) || REFERENCE.test(text)) throw refused(text, "looks around or back");
  if (REPEATED_GROUP.test(bare)) throw refused(text, "repeats a group");
  if ((flat.match(REPETITION)?.length ?? 0) > MAX_REPETITIONS) {
    throw refused(text, `has more than ${MAX_REPETITIONS} repetitions`);
  }
  if (hasBareAlternative(bare)) {
    throw refused(text, "has alternatives that ^ does not bind: ^(a|b)");
  }
  try {
    return new RegExp(text);
  } catch (cause) {
    throw new KeySettingError(`the kid ${quote(text)} is not a regular expression`, { cause });
  }
}

/** Escaped characters and classes stand for one character each. */
function withoutEscapes(text: string): string {
  return text.replaceAll(/\\./g, "x").replaceAll(/\[[^\]]*\]/g, "x");
}

/** Whether a `|` stands outside of all groups. */
function hasBareAlternative(text: string): boolean {
  let depth = 0;
  for (const char of text) {
    if (char === "(") depth++;
    if (char === ")") depth--;
    if (char === "|" && depth === 0) return true;
  }
  return false;
}

function refused(text: string, why: string): KeySettingError {
  return new KeySettingError(`the kid ${quote(text)} ${why}`);
}
