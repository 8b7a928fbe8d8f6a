/**
 * One pattern of an access control list. Its segments stand between dots:
 *
 * - `*` is any number of characters, also none, that are neither `.` nor `#`;
 * - `#` is any number of any characters;
 * - a segment that is exactly `me`, `my_session` or `edit` has another reading beside its own;
 * - all else is literal, in upper and lower case, and the whole text must match.
 *
 * @module
 */

import { BoundedMap } from "../../base/bounded_map.ts";

/** Whom `me` and `my_session` stand for, each in the form that texts have. */
export interface Who {
  readonly user: string | undefined;
  readonly session: string | undefined;
}

const STAR = 0;
const HASH = 1;
/** Another reading beside the word itself. */
const WORDS = { me: "user", my_session: "session", edit: "update" } as const;

/** A literal, a wildcard, or a word with two readings. */
type Part = string | typeof STAR | typeof HASH | { readonly word: keyof typeof WORDS };

/** Many tokens have the same few patterns. */
const MAX_PATTERNS = 4_096;
const known = new BoundedMap<string, Pattern>(MAX_PATTERNS);

const DOT_CODE = ".".charCodeAt(0);
const HASH_CODE = "#".charCodeAt(0);

/** One pattern, whoever has it. */
export class Pattern {
  /** Before the first part that is not literal, and after the last one: what decides most cases. */
  readonly #head: string;
  readonly #tail: string;
  /** The last character of the head. */
  readonly #headEnd: number;
  readonly #parts: readonly Part[];
  /** Whether it names `me` or `my_session`. */
  readonly personal: boolean;

  private constructor(text: string) {
    const parts = partsOf(text);
    this.personal = parts.some((part) => typeof part === "object" && part.word !== "edit");
    this.#head = typeof parts[0] === "string" ? parts.shift() as string : "";
    this.#headEnd = this.#head.charCodeAt(this.#head.length - 1);
    this.#tail = typeof parts.at(-1) === "string" ? parts.pop() as string : "";
    this.#parts = parts;
  }

  static readonly of = (text: string): Pattern => {
    let pattern = known.get(text);
    if (!pattern) known.set(text, pattern = new Pattern(text));
    return pattern;
  };

  /** In at most as many steps as the pattern has characters, times those of `text`. */
  matches(text: string, who: Who): boolean {
    const head = this.#head;
    const end = text.length - this.#tail.length;
    const { length } = head;
    if (end < length) return false;
    // Most patterns of a list differ here, and to compare a character costs the least.
    if (length > 0 && text.charCodeAt(length - 1) !== this.#headEnd) return false;
    if (!text.startsWith(head) || !text.endsWith(this.#tail)) return false;
    const parts = this.#parts;
    if (parts.length === 0) return length === end;
    if (parts.length === 1 && parts[0] === HASH) return true;
    return quickly({ text, end, parts, who, tries: MAX_TRIES }, 0, length) ??
      new Search(text, end, parts, who).from(length);
  }
}

/** So often a pattern is tried in the simple way, which is the fastest for all that is usual. */
const MAX_TRIES = 32;

interface Attempt {
  readonly text: string;
  readonly end: number;
  readonly parts: readonly Part[];
  readonly who: Who;
  tries: number;
}

/** Whether the parts from `index` on match the text from `at` on; undefined: it would take too long. */
function quickly(attempt: Attempt, index: number, at: number): boolean | undefined {
  const { text, end, parts } = attempt;
  if (attempt.tries-- <= 0) return undefined;
  const part = parts[index];
  if (part === undefined) return at === end;
  if (typeof part === "string") {
    return wordAt(attempt, part, at) && quickly(attempt, index + 1, at + part.length);
  }
  const isLast = index === parts.length - 1;
  if (typeof part === "object") {
    const found = wordAt(attempt, part.word, at) &&
      quickly(attempt, index + 1, at + part.word.length);
    if (found !== false) return found;
    const other = readingOf(part.word, attempt.who);
    if (other === undefined || !wordAt(attempt, other, at)) return false;
    return quickly(attempt, index + 1, at + other.length);
  }
  if (part === HASH && isLast) return true;
  const next = parts[index + 1];
  const nextCode = typeof next === "string" ? next.charCodeAt(0) : undefined;
  for (let to = at;; to++) {
    const mayEnd = nextCode === undefined || text.charCodeAt(to) === nextCode;
    if (isLast ? to === end : mayEnd) {
      const found = quickly(attempt, index + 1, to);
      if (found !== false) return found;
    }
    if (to >= end || (part === STAR && !isPlain(text.charCodeAt(to)))) return false;
  }
}

function wordAt({ text, end }: Attempt, word: string, at: number): boolean {
  return at + word.length <= end && text.startsWith(word, at);
}

/**
 * Looks for a way through the parts of a pattern. It goes from left to right and tries each place of
 * the text once a part, so that no pattern makes it try the same twice.
 */
class Search {
  /** The places of the text where the part that is looked at may begin, and those for the next one. */
  #here: Uint8Array;
  #next: Uint8Array;

  constructor(
    readonly text: string,
    readonly end: number,
    readonly parts: readonly Part[],
    readonly who: Who,
  ) {
    this.#here = new Uint8Array(end + 1);
    this.#next = new Uint8Array(end + 1);
  }

  from(start: number): boolean {
    this.#here[start] = 1;
    // No way begins before the first place, nor after the last one.
    let first = start;
    let last = start;
    for (const part of this.parts) {
      const reached = { first: this.end + 1, last: -1 };
      for (let at = first; at <= last; at++) {
        if (this.#here[at] === 0) continue;
        this.#here[at] = 0;
        this.#step(part, at, last, reached);
      }
      if (reached.last < 0) return false;
      ({ first, last } = reached);
      [this.#here, this.#next] = [this.#next, this.#here];
    }
    return this.#here[this.end] === 1;
  }

  #step(part: Part, at: number, last: number, reached: { first: number; last: number }): void {
    if (typeof part === "string") return this.#literal(part, at, reached);
    if (typeof part === "object") {
      this.#literal(part.word, at, reached);
      const other = readingOf(part.word, this.who);
      if (other !== undefined) this.#literal(other, at, reached);
      return;
    }
    // A wildcard: every place up to where it must end. Places that follow are reached by this one.
    let to = at;
    for (;; to++) {
      this.#reach(to, reached);
      if (to >= this.end || (part === STAR && !isPlain(this.text.charCodeAt(to)))) break;
      if (to > at && to <= last) this.#here[to] = 0;
    }
  }

  #literal(word: string, at: number, reached: { first: number; last: number }): void {
    const to = at + word.length;
    if (to <= this.end && this.text.startsWith(word, at)) this.#reach(to, reached);
  }

  #reach(place: number, reached: { first: number; last: number }): void {
    this.#next[place] = 1;
    if (place < reached.first) reached.first = place;
    if (place > reached.last) reached.last = place;
  }
}

function readingOf(word: keyof typeof WORDS, who: Who): string | undefined {
  const reading = WORDS[word];
  return reading === "update" ? reading : who[reading];
}

function isPlain(code: number): boolean {
  return code !== DOT_CODE && code !== HASH_CODE;
}

function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let literal = "";
  const take = (part: Part) => {
    if (literal !== "") parts.push(literal);
    literal = "";
    parts.push(part);
  };
  for (const [i, segment] of text.split(".").entries()) {
    if (i > 0) literal += ".";
    if (Object.hasOwn(WORDS, segment)) {
      take({ word: segment as keyof typeof WORDS });
      continue;
    }
    for (const character of segment) {
      if (character === "*") take(STAR);
      else if (character === "#") take(HASH);
      else literal += character;
    }
  }
  if (literal !== "") parts.push(literal);
  return parts;
}
