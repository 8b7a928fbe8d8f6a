/**
 * The `Authorization` header of Hawk (hapijs/hawk, "Protocol example").
 *
 * @module
 */

/** The longest header that is looked at. */
const MAX_CHARS = 4_096;

const NAMES = ["id", "ts", "nonce", "hash", "ext", "mac", "app", "dlg"] as const;

/** The attributes as they were sent. */
export interface HawkHeader {
  readonly id: string;
  readonly ts: string;
  readonly nonce: string;
  readonly mac: string;
  readonly hash?: string;
  readonly ext?: string;
  readonly app?: string;
  readonly dlg?: string;
}

/** A name, and a value of printable ASCII without quotes and backslashes, or with them escaped. */
const ATTRIBUTE = /(\w+)="((?:[ !#-[\]-~]|\\[ -~])*)"\s*(?:,\s*|$)/y;

/** @returns what is wrong with it, as text, where it cannot be used. */
export function parseHawkHeader(header: string): HawkHeader | string {
  if (header.length > MAX_CHARS) return "Header length too long";
  const text = header.replace(/^hawk\s*/i, "");
  if (text === "") return "Invalid header syntax";
  const found = new Map<string, string>();
  ATTRIBUTE.lastIndex = 0;
  while (ATTRIBUTE.lastIndex < text.length) {
    const match = ATTRIBUTE.exec(text);
    if (!match) return "Bad header format";
    const [, name, value] = match as unknown as [string, string, string];
    if (!NAMES.some((known) => known === name)) return "Unknown attribute";
    if (found.has(name)) return "Duplicate attribute";
    found.set(name, value);
  }
  const attributes = Object.fromEntries(found) as Partial<HawkHeader>;
  const { id, ts, nonce, mac } = attributes;
  if (!id || !ts || !nonce || !mac || !/^\d{1,15}$/.test(ts)) return "Missing attributes";
  return { ...attributes, id, ts, nonce, mac };
}
