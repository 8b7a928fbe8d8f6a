import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type HeartBeat,
  incomingTimeoutMs,
  isHeartBeat,
  outgoingBeatMs,
  parseHeartBeat,
} from "../../src/stomp/heart_beat.ts";

const ours: HeartBeat = { sends: 10_000, wants: 60_000 };
const MAX_DELAY_MS = 2 ** 31 - 1;

Deno.test("C52: we beat at the slower of what we can and what the peer wants", () => {
  assert.equal(outgoingBeatMs(ours, parseHeartBeat("10000,10000")), 10_000);
  assert.equal(outgoingBeatMs(ours, parseHeartBeat("0,25000")), 25_000);
});

Deno.test("C53: no header and 0,0 are no beats and no timeout", () => {
  for (const header of [undefined, "0,0"]) {
    assert.equal(outgoingBeatMs(ours, parseHeartBeat(header)), 0);
    assert.equal(incomingTimeoutMs(ours, parseHeartBeat(header)), 0);
  }
});

Deno.test("C54: 0,10000 is beats out and none expected", () => {
  assert.equal(outgoingBeatMs(ours, parseHeartBeat("0,10000")), 10_000);
  assert.equal(incomingTimeoutMs(ours, parseHeartBeat("0,10000")), 0);
});

Deno.test("C55: 10000,0 is none out", () => {
  assert.equal(outgoingBeatMs(ours, parseHeartBeat("10000,0")), 0);
  assert.equal(incomingTimeoutMs(ours, parseHeartBeat("10000,0")), 150_000);
});

Deno.test("C56: 15000,15000 is a beat every 15 s", () => {
  assert.equal(outgoingBeatMs(ours, parseHeartBeat("15000,15000")), 15_000);
});

Deno.test("C57: 1,1 is bounded by what we said", () => {
  assert.equal(outgoingBeatMs(ours, parseHeartBeat("1,1")), 10_000);
  assert.equal(incomingTimeoutMs(ours, parseHeartBeat("1,1")), 150_000);
});

Deno.test("C58: whatever the peer says, a delay is one that a timer takes", () => {
  const huge = parseHeartBeat("99999999999,99999999999");
  assert.equal(outgoingBeatMs(ours, huge), MAX_DELAY_MS);
  assert.equal(incomingTimeoutMs(ours, huge), MAX_DELAY_MS);
  const endless = parseHeartBeat(`${"9".repeat(1000)},${"9".repeat(1000)}`);
  assert.deepEqual(endless, { sends: MAX_DELAY_MS, wants: MAX_DELAY_MS });
  fc.assert(fc.property(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), (sends, wants) => {
    const theirs = parseHeartBeat(`${sends},${wants}`);
    for (const ms of [outgoingBeatMs(ours, theirs), incomingTimeoutMs(ours, theirs)]) {
      assert.ok(ms === 0 || (ms >= 10_000 && ms <= MAX_DELAY_MS), `${ms}`);
    }
  }));
});

Deno.test("C59: anything but two numbers is an error, blanks around them are not", () => {
  const bad = [
    "10000",
    "a,b",
    "-1,5",
    "1,2,3",
    ",",
    "",
    "1,",
    ",1",
    "1.5,2",
    "1e3,1",
    "+1,1",
    "1;1",
  ];
  for (const header of bad) {
    assert.throws(() => parseHeartBeat(header), { code: "bad-header", closeCode: 1002 }, header);
  }
  assert.deepEqual(parseHeartBeat("5000, 5000"), { sends: 5000, wants: 5000 });
  assert.deepEqual(parseHeartBeat(" 5000\t,\t6000 "), { sends: 5000, wants: 6000 });
});

Deno.test("C60: the peer has 2.5 intervals, and never less than 150 s", () => {
  assert.equal(incomingTimeoutMs(ours, parseHeartBeat("10000,10000")), 150_000);
  assert.equal(incomingTimeoutMs(ours, parseHeartBeat("80000,0")), 200_000);
  assert.equal(incomingTimeoutMs({ sends: 0, wants: 5000 }, parseHeartBeat("5000,0")), 150_000);
});

Deno.test("C60: a side that wants no beats, or cannot beat, ends neither direction's silence", () => {
  assert.equal(incomingTimeoutMs({ sends: 1, wants: 0 }, parseHeartBeat("1,1")), 0);
  assert.equal(outgoingBeatMs({ sends: 0, wants: 1 }, parseHeartBeat("1,1")), 0);
});

Deno.test("a message that is one line feed is a heart-beat, as text and as octets", () => {
  assert.equal(isHeartBeat("\n"), true);
  assert.equal(isHeartBeat(new Uint8Array([0x0a])), true);
  for (const other of ["", "\n\n", "\r\n", "\0", "A"]) assert.equal(isHeartBeat(other), false);
  assert.equal(isHeartBeat(new Uint8Array([])), false);
  assert.equal(isHeartBeat(new Uint8Array([0x0a, 0x0a])), false);
  assert.equal(isHeartBeat(new Uint8Array([0x00])), false);
});
