import assert from "node:assert/strict";
import { Asks } from "../../src/bus/asks.ts";
import { BusError } from "../../src/bus/bus.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("answers that come before it is known who must answer count", async () => {
  const asks = new Asks(new FakeClock());
  const { n, answers } = asks.start(1000);
  asks.answer(n, "a", "1");
  asks.absent(n, "b");
  asks.answer(n, "a", "a second answer is ignored");
  asks.expect(n, (heard) => heard.size >= 2);
  assert.deepEqual(await answers, { answers: new Map([["a", "1"]]), complete: true });
  asks.answer(n, "c", "too late");
});

Deno.test("a peer that is gone has nothing to answer, one that is silent leaves it unknown", async () => {
  for (const why of ["gone", "silent"] as const) {
    const asks = new Asks(new FakeClock());
    const { n, answers } = asks.start(1000);
    asks.expect(n, (heard) => heard.has("peer"));
    asks.lose("peer", why);
    assert.deepEqual(await answers, { answers: new Map(), complete: why === "gone" });
  }
});

Deno.test("open asks are bounded, and ended ones make room", async () => {
  const clock = new FakeClock();
  const asks = new Asks(clock);
  const all = Array.from({ length: 20_000 }, () => asks.start(1000).answers);
  assert.throws(() => asks.start(1000), BusError);
  asks[Symbol.dispose]();
  assert.ok((await Promise.all(all)).every(({ complete }) => !complete));
  assert.equal(clock.timers, 0);
  asks.start(1000);
});
