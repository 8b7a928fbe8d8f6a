import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeHeader, unescapeHeader } from "../../src/stomp/escape.ts";
import { anyText } from "./parsing.ts";

Deno.test("C25: 1.2 decodes its four escapes", () => {
  assert.equal(unescapeHeader("a\\rb\\nc\\cd\\\\e", "1.2"), "a\rb\nc:d\\e");
});

Deno.test("C25: an escaped backslash does not begin another escape", () => {
  assert.equal(unescapeHeader("\\\\r", "1.2"), "\\r");
  assert.equal(unescapeHeader("\\\\\\n", "1.2"), "\\\n");
});

Deno.test("C26: 1.2 refuses undefined escapes and a lone backslash at the end", () => {
  for (const text of ["\\t", "\\x", "a\\", "\\\\\\", "\\C", "\\N", "\\:", "\\\u00e9"]) {
    const code = { code: "malformed-frame", closeCode: 1002 };
    assert.throws(() => unescapeHeader(text, "1.2"), code, text);
  }
});

Deno.test("C27: 1.1 decodes three escapes and refuses that of a carriage return", () => {
  assert.equal(unescapeHeader("b\\nc\\cd\\\\e", "1.1"), "b\nc:d\\e");
  assert.throws(() => unescapeHeader("\\r", "1.1"), { code: "malformed-frame" });
});

Deno.test("C28: 1.0 knows no escapes", () => {
  assert.equal(unescapeHeader("a\\cb\\", "1.0"), "a\\cb\\");
  assert.equal(escapeHeader("a:b\\", "1.0"), "a:b\\");
});

Deno.test("C31: each version escapes what it can", () => {
  assert.equal(escapeHeader("a:b\nc\\d\re", "1.2"), "a\\cb\\nc\\\\d\\re");
  assert.equal(escapeHeader("a:b\nc\\d", "1.1"), "a\\cb\\nc\\\\d");
});

Deno.test("C31: what is escaped comes back as it was", () => {
  const text = fc.array(
    fc.constantFrom("\\", ":", "\n", "\r", "n", "c", "r", "é", "\u{1f600}", "a"),
  )
    .map((parts) => parts.join(""));
  fc.assert(fc.property(fc.oneof(text, anyText), (original) => {
    assert.equal(unescapeHeader(escapeHeader(original, "1.2"), "1.2"), original);
    const without = original.replaceAll("\r", "");
    assert.equal(unescapeHeader(escapeHeader(without, "1.1"), "1.1"), without);
  }));
});

Deno.test("C31: escaped text has nothing left that would end a header or its name", () => {
  fc.assert(fc.property(anyText, (original) => {
    assert.doesNotMatch(escapeHeader(original, "1.2"), /[\r\n:]/);
    assert.doesNotMatch(escapeHeader(original, "1.1"), /[\n:]/);
  }));
});
