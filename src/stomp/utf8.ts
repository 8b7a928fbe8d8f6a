/**
 * Text and octets. STOMP counts octets, JavaScript counts UTF-16 code units.
 *
 * @module
 */

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Puts U+FFFD for what is not UTF-8; several times as fast as the strict one. */
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const REPLACEMENT = "\ufffd";

/** The octets of `text`. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * The text of `octets`.
 *
 * @throws {TypeError} they are not UTF-8.
 */
export function decodeUtf8(octets: Uint8Array): string {
  const text = lenient.decode(octets);
  // U+FFFD may also stand in the original: only the strict decoder can tell.
  return text.includes(REPLACEMENT) ? strict.decode(octets) : text;
}

/** How many octets `text` has. */
export function octetLength(text: string): number {
  let octets = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    octets += unit < 0x800 ? 1 : 2;
    // A surrogate pair is two units and four octets: two more than its units, like any other.
    if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(at + 1))) at++;
  }
  return octets;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** Whether `text` has more than `max` octets; without counting where its length tells. */
export function exceedsOctets(text: string, max: number): boolean {
  // A UTF-16 code unit is at most three octets.
  if (text.length * 3 <= max) return false;
  return text.length > max || octetLength(text) > max;
}

/** Texts that {@linkcode keep} remembers: the destinations and ids of a crowd are the same few. */
const MAX_KEPT = 4_096;
const LONGEST_KEPT = 256;
const kept = new Map<string, string>();

/**
 * `text`, fit to be kept for long: a part of a longer string keeps all of that alive in memory, so
 * this is a copy that stands alone, and equal texts share one.
 */
export function keep(text: string): string {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const copy = lenient.decode(encoder.encode(text));
  if (copy.length > LONGEST_KEPT) return copy;
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(copy, copy);
  return copy;
}
