import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8, exceedsOctets, keep, octetLength } from "../../src/stomp/utf8.ts";
import { anyText } from "./parsing.ts";

Deno.test("C35: length is counted in octets", () => {
  assert.equal(octetLength("é"), 2);
  assert.equal(octetLength("€"), 3);
  assert.equal(octetLength("\u{1f600}"), 4);
  fc.assert(fc.property(anyText, (text) => {
    assert.equal(octetLength(text), encodeUtf8(text).length);
  }));
});

Deno.test("a surrogate without its other half counts as the replacement that is sent for it", () => {
  for (const text of ["\ud800", "\udc00", "\ud800a", "\ud800\ud800\udc00"]) {
    assert.equal(octetLength(text), encodeUtf8(text).length);
  }
});

Deno.test("text survives the way to octets and back, a byte order mark included", () => {
  fc.assert(fc.property(anyText, (text) => {
    assert.equal(decodeUtf8(encodeUtf8(text)), text);
    assert.equal(keep(text), text);
  }));
  assert.equal(decodeUtf8(encodeUtf8("\ufeffa")), "\ufeffa");
  assert.equal(keep("\ufeffa"), "\ufeffa");
});

Deno.test("C12: octets that are not UTF-8 are refused", () => {
  const bad = [[0x80], [0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf8], [0x61, 0xff, 0x61]];
  for (const octets of bad) {
    assert.throws(() => decodeUtf8(new Uint8Array(octets)), TypeError, `${octets}`);
  }
});

Deno.test("C12: a replacement character that the sender wrote is no error", () => {
  assert.equal(decodeUtf8(encodeUtf8("a\ufffdb")), "a\ufffdb");
});

Deno.test("a bound on octets is exact, whatever the characters", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), (text) => {
    const octets = encodeUtf8(text).length;
    assert.equal(exceedsOctets(text, octets), false);
    assert.equal(exceedsOctets(text, octets - 1), true);
  }));
});

Deno.test("what is kept is the same text, however many different ones there are", () => {
  for (let i = 0; i < 10_000; i++) assert.equal(keep(`topic.${i}`), `topic.${i}`);
  const long = "x".repeat(2_000);
  assert.equal(keep(long), long);
});
