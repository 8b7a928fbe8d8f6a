import assert from "node:assert/strict";
import fc from "fast-check";
import { Schedule } from "../../src/rooms/schedule.ts";

Deno.test("a room is due at its moment, once, and never before", () => {
  const schedule = new Schedule();
  schedule.take(0);
  schedule.set("a", 1_000);
  schedule.set("b", 5_000);
  assert.deepEqual(schedule.take(999), []);
  assert.deepEqual(schedule.take(1_000), ["a"]);
  assert.deepEqual(schedule.take(4_000), []);
  schedule.set("b", 6_000);
  assert.deepEqual(schedule.take(5_500), [], "it was put off");
  assert.deepEqual(schedule.take(Infinity), ["b"]);
  assert.equal(schedule.size, 2, "both are still known");
});

Deno.test("what is over when it is set is due next, also after the clock was put back", () => {
  const schedule = new Schedule();
  schedule.take(100_000);
  schedule.set("a", 50);
  assert.deepEqual(schedule.take(100_250), ["a"]);
  schedule.take(10_000);
  schedule.set("b", 20_000);
  assert.deepEqual(schedule.take(20_000), ["b"]);
});

Deno.test("whatever is set and taken, each is due as a list would say", () => {
  const step = fc.record({
    id: fc.constantFrom("a", "b", "c", "d"),
    at: fc.oneof(fc.nat(40_000), fc.constant(Infinity)),
    drop: fc.boolean(),
    pass: fc.nat(5_000),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const schedule = new Schedule();
    const model = new Map<string, number>();
    let now = 0;
    schedule.take(now);
    for (const { id, at, drop, pass } of steps) {
      if (drop) schedule.delete(id), model.delete(id);
      else schedule.set(id, at), model.set(id, Math.max(at, now + 250));
      now += pass;
      const taken = schedule.take(now);
      for (const each of taken) {
        assert.ok(model.get(each)! - 250 <= now, "not too early");
        model.set(each, Infinity);
      }
      for (const [each, due] of model) assert.ok(due > now - 500, `${each} is late`);
    }
  }));
});
