import assert from "node:assert/strict";
import fc from "fast-check";
import { AGE_BUCKET_MS, type Ages, agesOf, ranksOf, visitorsIn } from "../../src/queue/plan.ts";

/** Arrival times of each isolate's visitors, and the moment at which all are asked. */
const crowd = fc.record({
  arrivals: fc.array(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 30 }), {
    minLength: 1,
    maxLength: 5,
  }),
  jitter: fc.array(fc.integer({ min: 0, max: AGE_BUCKET_MS }), { minLength: 5, maxLength: 5 }),
});

interface Visitor {
  readonly arrivedAt: number;
  readonly rank: number;
}

function schedule({ arrivals, jitter }: { arrivals: number[][]; jitter: number[] }): Visitor[] {
  const lines = arrivals.map((line) => line.toSorted((a, b) => a - b));
  const plan = new Map<string, Ages>(
    lines.map((line, i) => [`isolate-${i}`, agesOf(line, 20_000 + jitter[i]!)]),
  );
  return lines.flatMap((line, i) => {
    const ranks = ranksOf(`isolate-${i}`, plan);
    return line.map((arrivedAt, k) => ({ arrivedAt, rank: ranks[k]! }));
  });
}

Deno.test("every place in the line of all is taken exactly once", () => {
  fc.assert(fc.property(crowd, (crowd) => {
    const ranks = schedule(crowd).map(({ rank }) => rank).sort((a, b) => a - b);
    assert.deepEqual(ranks, ranks.map((_, i) => i));
  }));
});

Deno.test("who came a second or more earlier is told earlier, over isolates that hear of it late", () => {
  fc.assert(fc.property(crowd, (crowd) => {
    const visitors = schedule(crowd).sort((a, b) => a.rank - b.rank);
    let latest = -Infinity;
    for (const { arrivedAt } of visitors) {
      assert.ok(latest - arrivedAt < 1_000, `${arrivedAt} is told after ${latest}`);
      latest = Math.max(latest, arrivedAt);
    }
  }));
});

Deno.test("within an isolate the order is strict", () => {
  fc.assert(fc.property(crowd, ({ arrivals, jitter }) => {
    const lines = arrivals.map((line) => line.toSorted((a, b) => a - b));
    const plan = new Map(lines.map((line, i) => [`${i}`, agesOf(line, 20_000 + jitter[i]!)]));
    for (const id of plan.keys()) {
      const ranks = ranksOf(id, plan);
      assert.deepEqual(ranks, ranks.toSorted((a, b) => a - b));
    }
  }));
});

Deno.test("isolates whose visitors came together take turns", () => {
  const plan = new Map<string, Ages>([["a", [[3, 4]]], ["b", [[3, 4]]]]);
  assert.deepEqual(ranksOf("a", plan), [0, 2, 4, 6]);
  assert.deepEqual(ranksOf("b", plan), [1, 3, 5, 7]);
});

Deno.test("an early isolate is released before a late one, not beside it", () => {
  const plan = new Map<string, Ages>([["early", [[10, 3]]], ["late", [[2, 3]]]]);
  assert.deepEqual(ranksOf("early", plan), [0, 1, 2]);
  assert.deepEqual(ranksOf("late", plan), [3, 4, 5]);
});

Deno.test("a histogram has no empty buckets, whatever the wait, and no negative ages", () => {
  const ages = agesOf([0, 100, 3_600_000, 3_600_100], 3_600_050);
  assert.deepEqual(ages, [[7200, 1], [7199, 1], [0, 2]]);
  assert.equal(visitorsIn(ages), 4);
});

Deno.test("an isolate without visitors has no ranks", () => {
  assert.deepEqual(ranksOf("nobody", new Map([["a", [[1, 1]]]])), []);
});
