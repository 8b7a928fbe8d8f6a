/**
 * Makes a text fit to be shown: what tokens and servers say is strangers' text.
 *
 * @module
 */

import { maskText } from "../log/plain.ts";

/** Control and formatting characters: they move a cursor, or turn the direction of what follows. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line, in which nothing is hidden and nothing looks like a token or a password. */
export function printable(text: string): string {
  return escapeInvisible(maskText(text));
}

/** A value as JSON, indented, in which the same holds. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).split("\n").map(printable).join("\n") + "\n";
}

/** In the way of JSON, so that JSON stays what it was. */
function escapeInvisible(text: string): string {
  return text.replaceAll(
    INVISIBLE,
    (char) =>
      Array.from({ length: char.length }, (_, i) => escapeUnit(char.charCodeAt(i))).join(""),
  );
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
