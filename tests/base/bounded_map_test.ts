import assert from "node:assert/strict";
import fc from "fast-check";
import { BoundedMap } from "../../src/base/bounded_map.ts";

Deno.test("what was used least recently is forgotten first", () => {
  const map = new BoundedMap<string, number>(3);
  for (const [i, key] of ["a", "b", "c"].entries()) map.set(key, i);
  assert.equal(map.get("a"), 0);
  map.set("d", 3);
  assert.equal(map.get("b"), undefined);
  assert.deepEqual([map.get("a"), map.get("c"), map.get("d")], [0, 2, 3]);
});

Deno.test("property: it never holds more than its limit, and the last half of it always", () => {
  const keys = fc.array(fc.nat({ max: 200 }), { maxLength: 500 });
  fc.assert(fc.property(fc.integer({ min: 2, max: 130 }), keys, (limit, used) => {
    const map = new BoundedMap<number, number>(limit);
    for (const key of used) {
      map.set(key, key);
      assert.ok(map.size <= limit);
    }
    const recent = new Set(used.slice(-Math.floor(limit / 2)));
    for (const key of recent) assert.equal(map.get(key), key);
  }));
});
