import assert from "node:assert/strict";
import { defaultLimits } from "../../src/stomp/mod.ts";
import { octets, parse, parseText, rules, shred } from "./parsing.ts";

const { limits } = rules;

/** The same verdict is due for the text whole, in chunks of 1000, and up to the last octet. */
function verdictOn(text: string): string | undefined {
  const whole = octets(text);
  const { error, frames } = parse([whole]);
  const chunks = [];
  for (let at = 0; at < whole.length; at += 1000) chunks.push(whole.slice(at, at + 1000));
  assert.deepEqual(parse(chunks).error, error);
  assert.equal(frames.length, error === undefined ? 1 : 0);
  return error;
}

Deno.test("C82: a command has at most 32 octets", () => {
  assert.equal(verdictOn(`${"A".repeat(32)}\n\n\0`), undefined);
  assert.equal(verdictOn(`${"A".repeat(32)}\r\n\n\0`), undefined);
  assert.equal(verdictOn(`${"A".repeat(33)}\n\n\0`), "too-large");
});

Deno.test("C82: a command that does not end is cut at 33 octets", () => {
  assert.equal(parseText("A".repeat(32)).error, undefined);
  assert.equal(parseText("A".repeat(33)).error, "too-large");
});

Deno.test("C82: a header line has at most 8 KiB, its end not counted", () => {
  const value = "v".repeat(limits.headerLine - 2);
  assert.equal(verdictOn(`SEND\nk:${value}\n\n\0`), undefined);
  assert.equal(verdictOn(`SEND\nk:${value}\r\n\r\n\0`), undefined);
  assert.equal(verdictOn(`SEND\nk:${value}v\n\n\0`), "too-large");
});

Deno.test("C82: what stands behind the bound of a line or a frame does not change the verdict", () => {
  for (const behind of ["\0", "\r?", "\n\n\0", "\xff"]) {
    assert.equal(verdictOn(`SEND\nk:${"v".repeat(9000)}${behind}`), "too-large");
    assert.equal(verdictOn(`SEND\n${"k:v\n".repeat(20_000)}${behind}`), "too-large");
  }
});

Deno.test("C82: a header line is counted in octets", () => {
  assert.equal(verdictOn(`SEND\nk:${"é".repeat(limits.headerLine / 2 - 1)}\n\n\0`), undefined);
  assert.equal(verdictOn(`SEND\nk:${"é".repeat(limits.headerLine / 2)}\n\n\0`), "too-large");
});

Deno.test("C82: before CONNECTED a header line of 16 KiB has room for a token", () => {
  const before = { ...rules, limits: defaultLimits.beforeConnected };
  const line = (length: number) => `CONNECT\n${"k".repeat(length - 2)}:v\n\n\0`;
  assert.equal(parseText(line(16 * 1024), before).error, undefined);
  assert.equal(parseText(line(16 * 1024 + 1), before).error, "too-large");
});

Deno.test("C82: a frame has at most 64 headers", () => {
  const headers = (count: number) => Array.from({ length: count }, (_, at) => `h${at}:\n`).join("");
  assert.equal(verdictOn(`SEND\n${headers(64)}\n\0`), undefined);
  assert.equal(verdictOn(`SEND\n${headers(65)}\n\0`), "too-large");
});

Deno.test("C82: a frame has at most 64 KiB, the NUL counted, with and without content-length", () => {
  const plain = "SEND\n\n";
  const room = limits.frame - plain.length - 1;
  assert.equal(verdictOn(`${plain}${"b".repeat(room)}\0`), undefined);
  assert.equal(verdictOn(`${plain}${"b".repeat(room + 1)}\0`), "too-large");
  const counted = `SEND\ncontent-length:65000\n\n`;
  const padding = limits.frame - counted.length - 65000 - 1;
  const padded = (count: number) =>
    `SEND\nx:${"x".repeat(count - 3)}\ncontent-length:65000\n\n${"b".repeat(65000)}\0`;
  assert.equal(verdictOn(padded(padding)), undefined);
  assert.equal(verdictOn(padded(padding + 1)), "too-large");
});

Deno.test("C82: headers alone cannot exceed the frame", () => {
  const line = `k:${"v".repeat(1000)}\n`;
  assert.equal(parseText(`SEND\n${line.repeat(64)}`).error, undefined);
  assert.equal(parseText(`SEND\n${line.repeat(66)}`).error, "too-large");
});

Deno.test("C82: before CONNECTED a frame has at most 32 KiB", () => {
  const before = { ...rules, limits: defaultLimits.beforeConnected };
  const frame = (length: number) => `CONNECT\n\n${" ".repeat(length - 10)}\0`;
  assert.equal(parseText(frame(32 * 1024), before).error, undefined);
  assert.equal(parseText(frame(32 * 1024 + 1), before).error, "too-large");
});

Deno.test("C83: a frame that never ends is cut at its bound, octet by octet too", () => {
  const small = { ...rules, limits: { command: 32, headerLine: 40, headers: 4, frame: 100 } };
  for (const endless of ["SEND\n\n" + "b".repeat(200), "SEND\n" + "k:v\n".repeat(50)]) {
    const chunks = shred(octets(endless));
    const held = chunks.findIndex((_, at) => parse(chunks.slice(0, at + 1), small).error);
    assert.equal(held, small.limits.frame - 1);
  }
});

Deno.test("C83: octet by octet, none is searched twice and few are copied", () => {
  const { set, indexOf } = Uint8Array.prototype;
  const searchedFrom: number[] = [];
  let copied = 0;
  Uint8Array.prototype.set = function (from, offset) {
    copied += from.length;
    set.call(this, from, offset);
  };
  Uint8Array.prototype.indexOf = function (octet, from = 0) {
    searchedFrom.push(from);
    return indexOf.call(this, octet, from);
  };
  try {
    const { frames } = parse([
      octets("SEND\n\n"),
      ...shred(octets("b".repeat(5000))),
      octets("\0"),
    ]);
    assert.equal(frames[0]?.body.length, 5000);
  } finally {
    Reflect.deleteProperty(Uint8Array.prototype, "set");
    Reflect.deleteProperty(Uint8Array.prototype, "indexOf");
  }
  const bodyFrom = "SEND\n\n".length;
  assert.deepEqual(searchedFrom.slice(1), Array.from({ length: 5001 }, (_, at) => bodyFrom + at));
  assert.ok(copied < 4 * 5000, `${copied} octets copied`);
});
