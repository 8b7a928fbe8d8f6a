import assert from "node:assert/strict";
import { MemoryGuard } from "../../src/gateway/memory_guard.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("above the bound it asks for relief at every look, until memory is well below it", async () => {
  const clock = new FakeClock();
  let octets = 900;
  let relieved = 0;
  using guard = new MemoryGuard({
    clock,
    most: 1_000,
    resident: () => octets,
    relieve: () => relieved++,
  });
  await clock.advance(1_000);
  assert.equal(guard.pressed, false);
  assert.equal(relieved, 0);
  octets = 1_001;
  await clock.advance(500);
  assert.equal(guard.pressed, true);
  assert.equal(relieved, 2);
  octets = 960;
  await clock.advance(250);
  assert.equal(guard.pressed, true, "just below the bound is not yet well");
  octets = 940;
  await clock.advance(250);
  assert.equal(guard.pressed, false);
  assert.equal(relieved, 3);
});

Deno.test("disposed, it looks no more", async () => {
  const clock = new FakeClock();
  new MemoryGuard({ clock, most: 1, resident: () => 2, relieve: () => assert.fail() })
    [Symbol.dispose]();
  await clock.advance(1_000);
  assert.equal(clock.timers, 0);
});
