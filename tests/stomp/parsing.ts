import fc from "fast-check";
import {
  defaultLimits,
  type Frame,
  Parser,
  type ParserRules,
  StompError,
  type StompErrorCode,
} from "../../src/stomp/mod.ts";
import { encodeUtf8 } from "../../src/stomp/utf8.ts";

export const rules: ParserRules = { version: "1.2", limits: defaultLimits.connected };

/** A frame in a form that compares. */
export interface PlainFrame {
  readonly command: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly octets: number;
}

export interface Parsed {
  readonly frames: readonly PlainFrame[];
  /** What ended the parsing early. */
  readonly error: StompErrorCode | undefined;
  /** The octets of a frame that has not ended. */
  readonly buffered: number;
}

/** Any text that UTF-8 can carry. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff })))
  .map((codePoints) => String.fromCodePoint(...codePoints));

export function octets(text: string): Uint8Array {
  return encodeUtf8(text);
}

/** Everything that comes out of `chunks`, in order. */
export function parse(chunks: readonly Uint8Array[], by: ParserRules = rules): Parsed {
  const parser = new Parser();
  const frames: PlainFrame[] = [];
  try {
    for (const chunk of chunks) {
      parser.push(chunk);
      for (let frame = parser.next(by); frame !== undefined; frame = parser.next(by)) {
        frames.push(plain(frame));
      }
    }
  } catch (error) {
    if (!(error instanceof StompError)) throw error;
    return { frames, error: error.code, buffered: 0 };
  }
  return { frames, error: undefined, buffered: parser.buffered };
}

export function parseText(text: string, by: ParserRules = rules): Parsed {
  return parse([octets(text)], by);
}

/** Cuts `whole` at `places`, which are in order. */
export function cut(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
  const bounds = [0, ...places, whole.length];
  return bounds.slice(1).map((end, at) => whole.slice(bounds[at], end));
}

/** One chunk for each octet. */
export function shred(whole: Uint8Array): Uint8Array[] {
  return Array.from(whole, (octet) => new Uint8Array([octet]));
}

function plain(frame: Frame): PlainFrame {
  return {
    command: frame.command,
    headers: [...frame.headers],
    body: new TextDecoder().decode(frame.body),
    octets: frame.octets,
  };
}
