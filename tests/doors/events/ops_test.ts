/**
 * The protocol of the events socket: W37 to W41 of docs/cases/events.md.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  answerTo,
  eventText,
  initText,
  type Op,
  OpError,
  parseOp,
  versionOf,
} from "../../../src/doors/events/ops.ts";
import { memberText } from "../../../src/doors/events/json_member.ts";

/** With its binary form wherever that is given. */
const REFUSED: readonly string[] = [
  "{x",
  "1",
  "[]",
  "null",
  "",
  "{}",
  '{"op":2}',
  '{"op":null}',
  '{"op":"foo"}',
  '{"op":"__proto__"}',
  '{"op":"constructor"}',
  '{"__proto__":{"op":"start"}}',
  ...["subscribe", "token", "ping"].flatMap((op) =>
    ["", ',"data":2', ',"data":[]', ',"data":null', ',"data":{}', ',"data":"x"']
      .map((data) => `{"op":"${op}"${data}}`)
  ),
  '{"op":"subscribe","data":{"event_name":1}}',
  '{"op":"subscribe","data":{"event_name":null}}',
  '{"op":"subscribe","data":{"__proto__":{"event_name":"foo"}}}',
  `{"op":"subscribe","data":{"event_name":"${"x".repeat(257)}"}}`,
  '{"op":"token","data":{"token":1}}',
  '{"op":"ping","data":{"payload":{}}}',
];

Deno.test("W37: what is no message of the protocol is refused, and not repeated", () => {
  for (const text of REFUSED) {
    assert.throws(() => parseOp(text, false), (error: unknown) => {
      assert.ok(error instanceof OpError, text);
      assert.ok(error.message.length <= 100 && !error.message.includes("foo"), error.message);
      return true;
    });
  }
  const start = new TextEncoder().encode('{"op":"start"}');
  assert.throws(() => parseOp(start, true), OpError);
  assert.deepEqual(parseOp(start, false), { op: "start" }, "a front may hand over octets");
  assert.throws(() => parseOp(new Uint8Array([0x7b, 0xff, 0x7d]), false), OpError);
});

const OPS: readonly Op[] = [
  { op: "subscribe", name: "foo" },
  { op: "start" },
  { op: "token", token: "t" },
];

Deno.test("W38: version 1 has op, code and msg in each answer, version 2 no msg", () => {
  assert.deepEqual(JSON.parse(initText(1)), { op: "init", code: 0, msg: "", data: { version: 1 } });
  assert.deepEqual(JSON.parse(initText(2)), { op: "init", code: 0, data: { version: 2 } });
  for (const op of OPS) {
    const answer = { op: op.op, code: 0, data: null };
    assert.deepEqual(JSON.parse(answerTo(op, 1, false)!), { ...answer, msg: "" });
    assert.deepEqual(JSON.parse(answerTo(op, 2, false)!), answer);
  }
  assert.equal(eventText('{"name":"foo"}', 1), '{"name":"foo"}');
  assert.equal(eventText('{"name":"foo"}', 2), '{"op":"event","code":0,"data":{"name":"foo"}}');
});

Deno.test("W39: start with data or without, members that nobody knows and an empty name are fine", () => {
  assert.deepEqual(parseOp('{"op":"start"}', false), { op: "start" });
  assert.deepEqual(parseOp('{"op":"start","data":7,"x":1}', false), { op: "start" });
  assert.deepEqual(
    parseOp('{"op":"subscribe","y":[],"data":{"event_name":"","z":0}}', false),
    { op: "subscribe", name: "" },
  );
});

Deno.test("W40: once started, version 1 answers nothing and version 2 everything", () => {
  for (const op of OPS) {
    assert.equal(answerTo(op, 1, true), undefined);
    assert.ok(answerTo(op, 2, true));
  }
  const ping: Op = { op: "ping", payload: 'a"b' };
  for (const started of [true, false]) {
    assert.equal(answerTo(ping, 1, started), undefined);
    const pong = { op: "pong", code: 0, data: { payload: 'a"b' } };
    assert.deepEqual(JSON.parse(answerTo(ping, 2, started)!), pong);
  }
});

Deno.test("W41: the first version of the query counts, and there are two", () => {
  const of = (query: string) => versionOf(new URLSearchParams(query));
  for (const query of ["", "version=", "version=1", "a=2"]) assert.equal(of(query), 1, query);
  for (const query of ["version=2", "version=2&version=9"]) assert.equal(of(query), 2, query);
  for (const version of ["0", "3", "-1", "x", "1.0", "undefined", " 1", "01"]) {
    assert.equal(of(`version=${version}`), undefined, version);
  }
});

Deno.test("W44: the text of a member is what was written, to the octet", () => {
  const event =
    '{"n":123456789012345678901234567890.10,\n "s":"\\u00e9\\"}{\\\\", "s":"}", "d":[{},[]]}';
  const text = `{ "a":{"event":1}, "e\\u0076ent" : ${event} ,"z":"event"}`;
  JSON.parse(text);
  assert.equal(memberText(text, "event"), event);
  assert.equal(memberText('{"event":1,"event":[2] }', "event"), "[2]");
  assert.equal(memberText('{"events":1}', "event"), undefined);
  assert.equal(memberText("{}", "event"), undefined);
});
