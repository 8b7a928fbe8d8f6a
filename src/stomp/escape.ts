/**
 * Escapes in header names and values: none in 1.0; line feed, colon and backslash in 1.1; carriage
 * return too in 1.2 (STOMP 1.2, Value Encoding).
 *
 * @module
 */

import { StompError } from "./error.ts";
import type { Version } from "./version.ts";

const SPECIAL_IN_1_1 = /[\\\n:]/g;
const SPECIAL_IN_1_2 = /[\\\r\n:]/g;

/** The form of `text` in a header of `version`. */
export function escapeHeader(text: string, version: Version): string {
  if (version === "1.0") return text;
  return text.replace(version === "1.1" ? SPECIAL_IN_1_1 : SPECIAL_IN_1_2, escapeOne);
}

function escapeOne(special: string): string {
  switch (special) {
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    case ":":
      return "\\c";
    default:
      return "\\\\";
  }
}

/**
 * What `text`, a header name or value of `version`, stands for. One pass, so that an escaped
 * backslash before an `r` stays a backslash and an `r`.
 *
 * @throws {StompError} `malformed-frame`: an escape that the version does not define, which "MUST be
 * treated as a fatal protocol error".
 */
export function unescapeHeader(text: string, version: Version): string {
  let backslash = version === "1.0" ? -1 : text.indexOf("\\");
  if (backslash < 0) return text;
  let plain = "";
  let from = 0;
  while (backslash >= 0) {
    plain += text.slice(from, backslash) + unescapeOne(text[backslash + 1], version);
    from = backslash + 2;
    backslash = text.indexOf("\\", from);
  }
  return plain + text.slice(from);
}

function unescapeOne(letter: string | undefined, version: Version): string {
  switch (letter) {
    case "n":
      return "\n";
    case "c":
      return ":";
    case "\\":
      return "\\";
    case "r":
      if (version === "1.2") return "\r";
  }
  throw new StompError("malformed-frame", "Undefined escape in a header");
}
