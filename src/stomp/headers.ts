/**
 * The header lines of a frame.
 *
 * @module
 */

import { StompError } from "./error.ts";
import { unescapeHeader } from "./escape.ts";
import type { Version } from "./version.ts";

/** Where headers go, and what they go by. */
export interface HeaderOptions {
  /** Gets the first value of each name. What is read before an error stays in it. */
  readonly into: Map<string, string>;
  /** 1.0 has no escapes and trims; the others unescape and never trim. */
  readonly version: Version;
  /** How many different names there may be. */
  readonly max: number;
}

/**
 * Reads `lines`, each of which ends with LF or CRLF.
 *
 * @throws {StompError} `malformed-frame`, `too-large`
 */
export function readHeaders(lines: string, options: HeaderOptions): void {
  const { into, version, max } = options;
  let from = 0;
  while (from < lines.length) {
    const lineFeed = lines.indexOf("\n", from);
    const end = lines[lineFeed - 1] === "\r" ? lineFeed - 1 : lineFeed;
    const [name, value] = readHeader(lines.slice(from, end), version);
    // The first of repeated headers counts, and the others do not count to the limit.
    if (!into.has(name)) into.set(name, value);
    if (into.size > max) throw new StompError("too-large", "Too many headers");
    from = lineFeed + 1;
  }
}

/** A value may have a colon of its own: 1.1 clients do not escape it in every header. */
function readHeader(line: string, version: Version): [name: string, value: string] {
  const colon = line.indexOf(":");
  if (colon < 0) throw new StompError("malformed-frame", "Header without a colon");
  const name = readText(line.slice(0, colon), version);
  if (name === "") throw new StompError("malformed-frame", "Header without a name");
  return [name, readText(line.slice(colon + 1), version)];
}

/** "Clients and servers MUST never trim or pad headers" (1.2), but 1.0's own examples are padded. */
function readText(text: string, version: Version): string {
  return version === "1.0" ? trimBlanks(text) : unescapeHeader(text, version);
}

function trimBlanks(text: string): string {
  let from = 0;
  let end = text.length;
  while (from < end && isBlank(text.charCodeAt(from))) from++;
  while (from < end && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(from, end);
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}
