import assert from "node:assert/strict";
import { defaultLimits, type Frame } from "../../src/stomp/mod.ts";
import { PendingFrames } from "../../src/stomp/pending.ts";

const tooMuch = { code: "limit-exceeded", closeCode: 1008 };

function frame(command: string, octets: number, body = new Uint8Array(0)): Frame {
  return { command, headers: new Map(), body, octets };
}

Deno.test("C48: sixteen frames may wait, and no more", () => {
  const pending = new PendingFrames(defaultLimits);
  for (let count = 0; count < 16; count++) pending.add(frame("SUBSCRIBE", 10));
  assert.equal(pending.frames.length, 16);
  assert.throws(() => pending.add(frame("SUBSCRIBE", 10)), tooMuch);
});

Deno.test("C48: 16 KiB may wait, an unfinished frame included, and no more", () => {
  const pending = new PendingFrames(defaultLimits);
  pending.add(frame("SUBSCRIBE", 10_000));
  pending.check(6384);
  assert.throws(() => pending.check(6385), tooMuch);
  pending.add(frame("SUBSCRIBE", 6384));
  assert.throws(() => pending.add(frame("SUBSCRIBE", 1)), tooMuch);
});

Deno.test("C78: nothing counts behind a DISCONNECT", () => {
  const pending = new PendingFrames(defaultLimits);
  assert.equal(pending.ended, false);
  pending.add(frame("SUBSCRIBE", 10));
  assert.equal(pending.ended, false);
  pending.add(frame("DISCONNECT", 10));
  assert.equal(pending.ended, true);
});

Deno.test("a frame that waits keeps a body of its own", () => {
  const pending = new PendingFrames(defaultLimits);
  const body = new Uint8Array([0x20]);
  pending.add(frame("SUBSCRIBE", 10, body));
  body.fill(0x41);
  assert.deepEqual([...pending.frames[0]!.body], [0x20]);
});
