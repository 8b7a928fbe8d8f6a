import assert from "node:assert/strict";
import { Capacity } from "../../src/gateway/capacity.ts";
import { SharedRate } from "../../src/gateway/shared_rate.ts";
import { FakeClock } from "../support/fake_clock.ts";

function rates(isolates: number, perSecond: number): { clock: FakeClock; rates: SharedRate[] } {
  const clock = new FakeClock();
  const shared = Capacity.share(isolates, 2 * perSecond);
  return {
    clock,
    rates: Array.from({ length: isolates }, (_, i) => {
      return new SharedRate(new Capacity(shared, i), perSecond, clock);
    }),
  };
}

/** How many are let through of as many as come. */
function taken(rate: SharedRate, count: number): number {
  return Array.from({ length: count }, () => rate.take()).filter(Boolean).length;
}

Deno.test("so many a second, and twice as many at once", async () => {
  const { clock, rates: [rate] } = rates(1, 100);
  assert.equal(taken(rate!, 1_000), 200);
  await clock.advance(1_000);
  assert.equal(taken(rate!, 1_000), 100);
  await clock.advance(60_000);
  assert.equal(taken(rate!, 1_000), 200);
});

Deno.test("isolates share it, whoever takes how much", async () => {
  const { clock, rates: [a, b] } = rates(2, 100);
  let sum = taken(a!, 150) + taken(b!, 1_000);
  assert.equal(sum, 200);
  sum = 0;
  for (let i = 0; i < 100; i++) {
    await clock.advance(100);
    for (const rate of [a!, b!]) rate.tick();
    sum += taken(b!, 5) + taken(a!, 20);
  }
  assert.ok(sum > 900 && sum < 1_100, String(sum));
});
