import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeListing,
  decodeMessage,
  decodeReport,
  decodeTally,
  encode,
  type Message,
  topicOf,
} from "../../src/queue/messages.ts";

const MESSAGES: readonly Message[] = [
  { type: "live", since: 1, ttlMs: 2 },
  { type: "line", oldestMs: 1.5 },
  { type: "plan", ages: { a: [[3, 1], [0, 2]] }, startMs: 1, agoMs: 2, restMs: 3 },
  { type: "end" },
  { type: "tally", visitors: 1, moderators: 0 },
  { type: "count" },
  { type: "list" },
];

Deno.test("what is said is understood", () => {
  for (const message of MESSAGES) assert.deepEqual(decodeMessage(encode(message)), message);
  const report = { visitors: 3, moderators: 1, ages: [[1, 3]] as const, busyMs: 20 };
  assert.deepEqual(decodeReport(encode(report)), report);
  assert.deepEqual(decodeReport(encode({ visitors: 3, moderators: 1 })), {
    visitors: 3,
    moderators: 1,
  });
  assert.deepEqual(decodeTally(encode(report)), { visitors: 3, moderators: 1 });
  assert.deepEqual(decodeListing(encode([["room", 1, 2]])), [["room", 1, 2]]);
});

Deno.test("what a newer version says is ignored, and what it adds is too", () => {
  assert.equal(decodeMessage('{"type":"invented"}'), undefined);
  assert.deepEqual(decodeMessage('{"type":"count","why":"curious"}'), { type: "count" });
});

Deno.test("property: no text makes decoding fail", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    decodeMessage(text);
    decodeReport(text);
    decodeTally(text);
    decodeListing(text);
  }));
});

Deno.test("each conference has a topic of its own, and none is that of all isolates", () => {
  assert.notEqual(topicOf("a"), topicOf("b"));
  assert.notEqual(topicOf("isolates"), "isolates");
});
