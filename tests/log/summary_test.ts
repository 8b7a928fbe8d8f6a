import assert from "node:assert/strict";
import { Summary } from "../../src/log/summary.ts";
import { FakeClock } from "../support/fake_clock.ts";

function setup() {
  const clock = new FakeClock();
  const told: [total: number, counts: Readonly<Record<string, number>>][] = [];
  return { clock, told, summary: new Summary(clock, (...line) => void told.push(line)) };
}

Deno.test("what happens within a minute of the first is one line", async () => {
  const { clock, told, summary } = setup();
  for (const kind of ["role", "expired", "role"]) summary.count(kind);
  await clock.advance(59_000);
  summary.count("role");
  assert.deepEqual(told, []);
  await clock.advance(1_000);
  assert.deepEqual(told, [[4, { role: 3, expired: 1 }]]);
  await clock.advance(600_000);
  assert.equal(told.length, 1, "nothing is told of nothing");
  assert.equal(clock.timers, 0);
});

Deno.test("what is not told yet is told at the end; further kinds are one", () => {
  const { told, summary } = setup();
  for (let i = 0; i < 40; i++) summary.count(`kind ${i}`);
  summary[Symbol.dispose]();
  assert.equal(told[0]![0], 40);
  assert.equal(Object.keys(told[0]![1]).length, 33);
  assert.equal(told[0]![1]["other"], 8);
});
