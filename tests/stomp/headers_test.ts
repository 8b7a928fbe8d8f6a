import assert from "node:assert/strict";
import { readHeaders } from "../../src/stomp/headers.ts";
import type { Version } from "../../src/stomp/mod.ts";

function read(lines: string, version: Version = "1.2", max = 64): [string, string][] {
  const into = new Map<string, string>();
  readHeaders(lines, { into, version, max });
  return [...into];
}

Deno.test("no lines are no headers", () => {
  assert.deepEqual(read(""), []);
});

Deno.test("C19: lines may end with CRLF", () => {
  assert.deepEqual(read("a:1\r\nb:2\nc:\r\n"), [["a", "1"], ["b", "2"], ["c", ""]]);
});

Deno.test("C22: a header without a colon or without a name is an error", () => {
  for (const lines of ["destination\n", ":v\n", ":\n", "a:1\nb\r\n"]) {
    assert.throws(() => read(lines), { code: "malformed-frame" }, lines);
  }
  assert.throws(() => read(" :v\n", "1.0"), { code: "malformed-frame" });
});

Deno.test("C22: an empty value is a value", () => {
  assert.deepEqual(read("k:\n"), [["k", ""]]);
});

Deno.test("C23: the first colon ends the name, whatever else the value holds", () => {
  assert.deepEqual(read("destination:/a:b::\n"), [["destination", "/a:b::"]]);
});

Deno.test("C24: the first of repeated headers counts", () => {
  assert.deepEqual(read("foo:World\nfoo:Hello\n"), [["foo", "World"]]);
});

Deno.test("C24: repeated headers are recognised by their unescaped names", () => {
  assert.deepEqual(read("a\\cb:1\na\\cb:2\n"), [["a:b", "1"]]);
});

Deno.test("C24: repeated headers do not count to the limit, different ones do", () => {
  const lines = Array.from({ length: 64 }, (_, at) => `h${at}:v\n`).join("");
  assert.equal(read(lines + "h0:again\n".repeat(1000)).length, 64);
  assert.throws(() => read(lines + "h64:v\n"), { code: "too-large", closeCode: 1009 });
});

Deno.test("C25: names and values are unescaped", () => {
  assert.deepEqual(read("na\\cme:\\r\\n\\c\\\\\n"), [["na:me", "\r\n:\\"]]);
});

Deno.test("C28: 1.0 trims names and values and unescapes nothing", () => {
  assert.deepEqual(read(" id \t: \\c 0\t\n", "1.0"), [["id", "\\c 0"]]);
  assert.deepEqual(read("a:\u00a0b\u00a0\n", "1.0"), [["a", "\u00a0b\u00a0"]]);
});

Deno.test("C30: 1.1 and 1.2 never trim", () => {
  for (const version of ["1.1", "1.2"] as const) {
    assert.deepEqual(read("id: 0 \nid :1\n", version), [["id", " 0 "], ["id ", "1"]]);
  }
});

Deno.test("C69: names of Object's own are names like others", () => {
  const lines = "__proto__:a\nconstructor:b\nhasOwnProperty:c\n";
  assert.deepEqual(read(lines), [["__proto__", "a"], ["constructor", "b"], [
    "hasOwnProperty",
    "c",
  ]]);
  assert.equal(({} as Record<string, unknown>)["a"], undefined);
});

Deno.test("what is read before an error stays", () => {
  const into = new Map<string, string>();
  const options = { into, version: "1.2", max: 64 } as const;
  assert.throws(() => readHeaders("receipt:r\nbad\n", options), { code: "malformed-frame" });
  assert.equal(into.get("receipt"), "r");
});
