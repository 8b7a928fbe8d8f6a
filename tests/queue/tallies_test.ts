import assert from "node:assert/strict";
import { Tallies } from "../../src/queue/tallies.ts";

Deno.test("of two tallies of an isolate the newer one counts, whichever comes first", () => {
  const tallies = new Tallies();
  tallies.take("a", { visitors: 5, moderators: 1, seq: 2 }, 0);
  tallies.take("a", { visitors: 3, moderators: 0, seq: 1 }, 1);
  tallies.take("b", { visitors: 10, moderators: 0, seq: 1 }, 1);
  assert.deepEqual(tallies.sum(), { visitors: 15, moderators: 1 });
  tallies.take("a", { visitors: 4, moderators: 1, seq: 3 }, 2);
  assert.deepEqual(tallies.sum(), { visitors: 14, moderators: 1 });
});

Deno.test("tallies without a number count in the order in which they come", () => {
  const tallies = new Tallies();
  for (const visitors of [5, 3, 4]) tallies.take("a", { visitors, moderators: 0 }, 0);
  assert.equal(tallies.sum().visitors, 4);
  tallies.take("a", { visitors: 6, moderators: 0, seq: 1 }, 0);
  tallies.take("a", { visitors: 7, moderators: 0 }, 0);
  assert.equal(tallies.sum().visitors, 7);
});

Deno.test("an isolate that was not heard for long is forgotten; an old word shows that it lives", () => {
  const tallies = new Tallies();
  for (const id of ["a", "b"]) tallies.take(id, { visitors: 1, moderators: 0, seq: 9 }, 0);
  tallies.take("a", { visitors: 2, moderators: 0, seq: 8 }, 10);
  tallies.keepSince(10);
  assert.deepEqual(tallies.sum(), { visitors: 1, moderators: 0 });
});
