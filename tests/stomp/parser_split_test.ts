import assert from "node:assert/strict";
import fc from "fast-check";
import type { Version } from "../../src/stomp/mod.ts";
import { cut, octets, parse, rules, shred } from "./parsing.ts";

const STREAM = octets(
  "\r\n\0CONNECT\r\nAuthorization:Bearer a.b.c\r\naccept-version:1.2\r\n\r\n\0\n" +
    "SUBSCRIBE\nid:é\\c\\\\\\r\\n\ndestination:/a:b\n\n\0\r\n" +
    "SEND\ncontent-length:4\n\n\0é\0\0\n\nSEND\n\nbo\r\ndy €\0\0",
);

Deno.test("C13: a stream cut in two anywhere gives the same frames", () => {
  const whole = parse([STREAM]);
  assert.equal(whole.frames.length, 4);
  for (let at = 0; at <= STREAM.length; at++) {
    assert.deepEqual(parse(cut(STREAM, [at])), whole, `cut at ${at}`);
  }
});

Deno.test("C13: a stream cut in three anywhere gives the same frames", () => {
  const head = STREAM.slice(0, 120);
  const whole = parse([head]);
  for (let first = 0; first < head.length; first++) {
    for (let second = first; second <= head.length; second += 3) {
      assert.deepEqual(parse(cut(head, [first, second])), whole, `cut at ${first}, ${second}`);
    }
  }
});

Deno.test("C13: a stream octet by octet gives the same frames", () => {
  assert.deepEqual(parse(shred(STREAM)), parse([STREAM]));
});

const text = fc.string({
  unit: fc.constantFrom("a", "é", "€", "\u{1f600}", " ", "/", "."),
  maxLength: 9,
});
const escaped = fc.array(fc.constantFrom("\\c", "\\\\", "\\n", "\\r", "x", ":"), { maxLength: 5 })
  .map((parts) => parts.join(""));
const endOfLine = fc.constantFrom("\n", "\r\n");
const header = fc.tuple(
  fc.constantFrom("id", "destination", "x", "receipt"),
  fc.oneof(text, escaped),
)
  .map(([name, value]) => `${name}:${value}`);

/** A frame that is right, with a counted body or without. */
const frame = fc.record({
  command: fc.constantFrom("CONNECT", "SUBSCRIBE", "SEND", "ACK", "connect"),
  headers: fc.array(header, { maxLength: 4 }),
  eol: endOfLine,
  body: text,
  counted: fc.boolean(),
}).map(({ command, headers, eol, body, counted }) => {
  const length = counted ? [`content-length:${octets(body).length}`] : [];
  return [command, ...headers, ...length, "", ""].join(eol) + `${body}\0`;
});

const between = fc.array(fc.constantFrom("\n", "\r\n", "\0"), { maxLength: 3 })
  .map((parts) => parts.join(""));
const stream = fc.array(fc.tuple(between, frame), { maxLength: 6 })
  .map((parts) => octets(parts.flat().join("")));
/** Octets of which many mean something to a parser. */
const noise = fc.array(fc.constantFrom(..."\0\n\r:\\nAé content-length:7".split("")), {
  maxLength: 40,
})
  .map((parts) => octets(parts.join("")));
const version = fc.constantFrom<Version>("1.0", "1.1", "1.2");
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

function cutAt(whole: Uint8Array, fractions: readonly number[]): Uint8Array[] {
  const offsets = fractions.map((fraction) => Math.round(fraction * whole.length));
  return cut(whole, offsets.sort((a, b) => a - b));
}

Deno.test("C14: how a stream is cut never changes its frames", () => {
  fc.assert(fc.property(stream, places, (whole, fractions) => {
    const expected = parse([whole]);
    assert.equal(expected.buffered, 0);
    assert.deepEqual(parse(cutAt(whole, fractions)), expected);
    assert.deepEqual(parse(shred(whole)), expected);
  }));
});

Deno.test("C14: how noise is cut changes neither its frames nor its error, in any version", () => {
  fc.assert(
    fc.property(fc.tuple(stream, noise, stream), places, version, (parts, fractions, version) => {
      const whole = new Uint8Array(parts.flatMap((part) => [...part]));
      const by = { version, limits: { command: 9, headerLine: 24, headers: 3, frame: 60 } };
      const expected = parse([whole], by);
      assert.deepEqual(parse(cutAt(whole, fractions), by), expected);
      assert.deepEqual(parse(shred(whole), by), expected);
    }),
    { numRuns: 500 },
  );
});

Deno.test("C14: any octets at all are frames, an error or an unfinished frame", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), version, (whole, version) => {
    const { error, buffered } = parse([whole], { ...rules, version });
    assert.ok(error !== undefined || buffered <= whole.length);
  }));
});
