import assert from "node:assert/strict";
import { Unread, UNREAD_MS } from "../../src/gateway/unread.ts";

Deno.test("who reads nothing is late after its time, and not before", () => {
  const unread = new Unread();
  unread.sent(100);
  unread.measure(1_000, { bufferedAmount: 100 });
  assert.equal(unread.lateAt, 1_000 + UNREAD_MS);
  assert.equal(unread.isLate(1_000 + UNREAD_MS - 1, 100), false);
  assert.equal(unread.isLate(1_000 + UNREAD_MS, 100), true);
});

Deno.test("who reads slowly, reads: however much is still unread", () => {
  const unread = new Unread();
  unread.sent(1_000_000);
  unread.measure(0.1, { bufferedAmount: 1_000_000 });
  for (let now = UNREAD_MS; now < 20 * UNREAD_MS; now += UNREAD_MS - 1) {
    // As much comes as it reads.
    unread.sent(10);
    assert.equal(unread.isLate(now, 1_000_000 - 1), false, String(now));
  }
  assert.equal(unread.isLate(30 * UNREAD_MS, 0), false);
  assert.equal(unread.lateAt, Infinity);
});
