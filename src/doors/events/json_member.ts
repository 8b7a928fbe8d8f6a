/**
 * The text of one member of a JSON object, as it was written: numbers of thirty digits, escapes and
 * repeated names too, which a value that was parsed has lost.
 *
 * @module
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * The text of the member `name`; of several the last one, as `JSON.parse` takes it. Undefined where
 * there is none.
 *
 * @param text the JSON of an object, which has been parsed without an error.
 */
export function memberText(text: string, name: string): string | undefined {
  let found: string | undefined;
  let at = text.indexOf("{") + 1;
  for (;;) {
    at = skipBlanks(text, at);
    if (text.charCodeAt(at) !== QUOTE) return found;
    const keyEnd = endOfString(text, at);
    const key: string = JSON.parse(text.slice(at, keyEnd));
    const start = skipBlanks(text, text.indexOf(":", keyEnd) + 1);
    const end = endOfValue(text, start);
    if (key === name) found = text.slice(start, end).trimEnd();
    if (text.charCodeAt(end) !== COMMA) return found;
    at = end + 1;
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (" \t\n\r".includes(text[at] ?? "x")) at++;
  return at;
}

/** After the closing quote of the string that begins at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1;; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
}

/** At the comma or the bracket that ends the value that begins at `from`. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from;; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (code === COMMA && depth === 0) return at;
    else if (isOpening(code)) depth++;
    else if (isClosing(code) && depth-- === 0) return at;
  }
}

/** `{` or `[`. */
function isOpening(code: number): boolean {
  return (code | 0x20) === 0x7b;
}

/** `}` or `]`. */
function isClosing(code: number): boolean {
  return (code | 0x20) === 0x7d;
}
