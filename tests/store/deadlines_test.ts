import assert from "node:assert/strict";
import { Deadlines } from "../../src/store/deadlines.ts";

Deno.test("a deadline belongs to one version of a key", () => {
  const deadlines = new Deadlines();
  deadlines.set("a", "01", 100);
  assert.equal(deadlines.get("a", "01"), 100);
  assert.equal(deadlines.get("a", "02"), undefined);
  assert.equal(deadlines.get("b", "01"), undefined);
  deadlines.delete("a");
  assert.equal(deadlines.get("a", "01"), undefined);
});

Deno.test("an older version that is told late does not replace a newer one", () => {
  const deadlines = new Deadlines();
  deadlines.set("a", "02", 200);
  deadlines.set("a", "01", 100);
  assert.equal(deadlines.get("a", "02"), 200);
});

Deno.test("deadlines are bounded, and the oldest goes first", () => {
  const deadlines = new Deadlines();
  for (let i = 0; i < 200_000; i++) deadlines.set(`k${i}`, "01", i);
  deadlines.set("k0", "02", 1);
  deadlines.set("one more", "01", 2);
  assert.equal(deadlines.get("k0", "02"), 1);
  assert.equal(deadlines.get("k1", "01"), undefined);
  assert.equal(deadlines.get("k2", "01"), 2);
  assert.equal(deadlines.get("one more", "01"), 2);
});
