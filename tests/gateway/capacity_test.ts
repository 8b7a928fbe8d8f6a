import assert from "node:assert/strict";
import { Capacity } from "../../src/gateway/capacity.ts";

Deno.test("the bound holds over all workers, exactly", () => {
  const shared = Capacity.share(3, 5);
  const workers = [0, 1, 2].map((i) => new Capacity(shared, i));
  const taken = Array.from({ length: 10 }, (_, i) => workers[i % 3]!.take());
  assert.equal(taken.filter(Boolean).length, 5);
  assert.equal(workers[0]!.used, 5);
});

Deno.test("room that is given back can be taken by another worker", () => {
  const shared = Capacity.share(2, 1);
  const [a, b] = [new Capacity(shared, 0), new Capacity(shared, 1)];
  assert.ok(a.take());
  assert.ok(!b.take());
  a.release();
  assert.ok(b.take());
});

Deno.test("a worker that died leaves no ghosts in the count", () => {
  const shared = Capacity.share(2, 3);
  const [dead, alive] = [new Capacity(shared, 0), new Capacity(shared, 1)];
  dead.take();
  dead.take();
  alive.take();
  Capacity.reset(shared.counters, 0);
  assert.equal(alive.used, 1);
});
