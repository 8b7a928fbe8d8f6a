import assert from "node:assert/strict";
import { Parser } from "../../src/stomp/mod.ts";
import { octets, parse, parseText, rules } from "./parsing.ts";

function commandsOf(text: string): string[] {
  const { frames, error, buffered } = parseText(text);
  assert.equal(error, undefined);
  assert.equal(buffered, 0);
  return frames.map((frame) => frame.command);
}

function errorOf(text: string): string | undefined {
  return parseText(text).error;
}

Deno.test("a frame has a command, headers, a body and a length", () => {
  assert.deepEqual(parseText("SEND\na:1\nb:2\n\nhello\0").frames, [
    { command: "SEND", headers: [["a", "1"], ["b", "2"]], body: "hello", octets: 20 },
  ]);
});

Deno.test("a whole frame leaves nothing behind, and its body is no copy", () => {
  const chunk = octets("SEND\n\nhello\0");
  const parser = new Parser();
  parser.push(chunk);
  assert.equal(parser.next(rules)?.body.buffer, chunk.buffer);
  assert.equal(parser.next(rules), undefined);
  assert.equal(parser.buffered, 0);
});

Deno.test("C15: many frames in one chunk come out in order", () => {
  assert.deepEqual(commandsOf("A\n\n\0B\n\n\0C\n\n\0"), ["A", "B", "C"]);
});

Deno.test("C16: one and a half frames, then the rest, are two frames", () => {
  const { frames } = parse([octets("A\n\n\0B\nk:"), octets("v\n\nbo"), octets("dy\0")]);
  assert.deepEqual(frames.map(({ command, body }) => [command, body]), [["A", ""], ["B", "body"]]);
});

Deno.test("C17: an empty chunk changes nothing", () => {
  const nothing = new Uint8Array(0);
  assert.deepEqual(parse([nothing]).frames, []);
  assert.equal(parse([octets("A\n"), nothing, octets("\n\0"), nothing]).frames.length, 1);
});

Deno.test("C18: ends of line and NULs around frames are skipped", () => {
  assert.deepEqual(commandsOf("\n\r\n\0\0\nA\n\n\0\n\n\r\n\0B\n\n\0\r\n"), ["A", "B"]);
});

Deno.test("C19: CRLF ends any line", () => {
  assert.deepEqual(parseText("SEND\r\na:1\r\n\r\nx\0").frames, [
    { command: "SEND", headers: [["a", "1"]], body: "x", octets: 15 },
  ]);
});

Deno.test("C20: a CRLF may be cut in two", () => {
  for (
    const text of [
      "SEND\r|\na:1\n\n\0",
      "SEND\na:1\r|\n\n\0",
      "SEND\na:1\n\r|\n\0",
      "\r|\nSEND\na:1\n\n\0",
    ]
  ) {
    const { frames, error } = parse(text.split("|").map(octets));
    assert.equal(error, undefined, text);
    assert.deepEqual(frames.map(({ headers }) => headers), [[["a", "1"]]], text);
  }
});

Deno.test("C21: a carriage return without a line feed is an error, except in a body", () => {
  for (
    const text of [
      "SE\rND\n\n\0",
      "SEND\r\r\n",
      "SEND\na\r:1\n\n\0",
      "SEND\na:\r1\n\n\0",
      "\rSEND\n\n\0",
    ]
  ) {
    assert.equal(errorOf(text), "malformed-frame", text);
  }
  assert.equal(parseText("SEND\n\na\rb\0").frames[0]?.body, "a\rb");
});

Deno.test("C12: a header that is not UTF-8 is an error, a body that is not is none", () => {
  const header = new Uint8Array([...octets("SEND\na:"), 0xff, ...octets("\n\n\0")]);
  assert.equal(parse([header]).error, "malformed-frame");
  const body = new Uint8Array([...octets("SEND\n\n"), 0xff, 0]);
  assert.equal(parse([body]).error, undefined);
});

Deno.test("headers beyond ASCII are read", () => {
  assert.deepEqual(parseText("SEND\nñ:€\u{1f600}\n\n\0").frames[0]?.headers, [["ñ", "€\u{1f600}"]]);
});

Deno.test("C46: what cannot be a command fails as soon as that shows", () => {
  for (
    const text of [
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "hello world",
      " ",
      "\x16\x03\x01",
      "é",
      "A\0",
    ]
  ) {
    assert.equal(errorOf(text), "malformed-frame", text);
  }
});

Deno.test("a NUL within the headers is an error", () => {
  for (const text of ["SEND\n\0", "SEND\na:1\0", "SEND\na:1\n\0", "SEND\na:1\n\0\n\0"]) {
    assert.equal(errorOf(text), "malformed-frame", text);
  }
});

Deno.test("C29: CONNECT and STOMP are neither unescaped nor left with padding, in any version", () => {
  for (const command of ["CONNECT", "STOMP"]) {
    const { frames } = parseText(`${command}\nkey: \\value\\c \n\n\0`);
    assert.deepEqual(frames[0]?.headers, [["key", "\\value\\c"]]);
  }
});

Deno.test("C32: a command is handed on as it is written", () => {
  assert.deepEqual(commandsOf("connect\n\n\0Subscribe\n\n\0"), ["connect", "Subscribe"]);
});

Deno.test("C33: with content-length a body may contain NULs, and one must follow", () => {
  assert.equal(parseText("SEND\ncontent-length:5\n\na\0b\0c\0").frames[0]?.body, "a\0b\0c");
  assert.equal(errorOf("SEND\ncontent-length:2\n\nabc\0"), "malformed-frame");
  assert.equal(parseText("SEND\ncontent-length:3\n\nab\0").buffered, 26);
  assert.deepEqual(commandsOf("SEND\ncontent-length:0\n\n\0A\n\n\0"), ["SEND", "A"]);
});

Deno.test("C34: a content-length that is no number of octets is an error", () => {
  for (const length of ["-1", "abc", "1e3", "+5", "5 ", " 5", "", "0x5", "5.0", "٥", "NaN"]) {
    assert.equal(errorOf(`SEND\ncontent-length:${length}\n\n12345\0`), "malformed-frame", length);
  }
});

Deno.test("C34: a huge content-length is refused at once and nothing is allocated for it", () => {
  for (const length of [`${2 ** 53}`, `${2n ** 64n}`, "9".repeat(400), "65536"]) {
    assert.equal(errorOf(`SEND\ncontent-length:${length}\n\n`), "too-large", length);
  }
});

Deno.test("C34: of two lengths the first counts", () => {
  const text = "SEND\ncontent-length:3\ncontent-length:9\n\na\0b\0";
  assert.equal(parseText(text).frames[0]?.body, "a\0b");
});

Deno.test("C35: content-length counts octets", () => {
  assert.equal(parseText("SEND\ncontent-length:2\n\né\0").frames[0]?.body, "é");
  assert.equal(errorOf("SEND\ncontent-length:1\n\né\0"), "malformed-frame");
});

Deno.test("the receipt of the frame under way is known for an error about it", () => {
  const receiptAfter = (text: string) => {
    const parser = new Parser();
    parser.push(octets(text));
    assert.throws(() => {
      while (parser.next(rules) !== undefined);
    });
    return parser.receipt;
  };
  assert.equal(receiptAfter("SEND\nreceipt:r\nbad\n\n\0"), "r");
  assert.equal(receiptAfter("SEND\nreceipt:r\ncontent-length:1\n\nab\0"), "r");
  assert.equal(receiptAfter("SEND\nbad\nreceipt:r\n\n\0"), undefined);
  assert.equal(receiptAfter("SEND\nreceipt:old\n\n\0SEND\nbad\n\n\0"), undefined);
  assert.equal(receiptAfter("SEND\nreceipt:old\n\n\0no command"), undefined);
});

Deno.test("the version may change between two frames of one chunk", () => {
  const parser = new Parser();
  parser.push(octets("SEND\na: \\c\n\n\0SEND\na: \\c\n\n\0"));
  assert.equal(parser.next({ ...rules, version: "1.0" })?.headers.get("a"), "\\c");
  assert.equal(parser.next(rules)?.headers.get("a"), " :");
});

Deno.test("the caller may reuse a chunk once the parser has run dry", () => {
  const chunk = octets("SEND\na:1\n");
  const parser = new Parser();
  parser.push(chunk);
  assert.equal(parser.next(rules), undefined);
  chunk.fill(0);
  parser.push(octets("\n\0"));
  assert.equal(parser.next(rules)?.headers.get("a"), "1");
});
