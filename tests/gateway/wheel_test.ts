import assert from "node:assert/strict";
import fc from "fast-check";
import { SLOT_MS, Wheel, WheelEntry } from "../../src/gateway/wheel.ts";
import { FakeClock } from "../support/fake_clock.ts";

class Recorder extends WheelEntry {
  readonly turns: number[] = [];

  constructor(readonly onTurn: (now: number) => number = () => 0) {
    super();
  }

  override turn(now: number): number {
    this.turns.push(now);
    return this.onTurn(now);
  }
}

Deno.test("an entry turns once, within a slot of its deadline and never before it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 20 }),
      async (delays) => {
        const clock = new FakeClock();
        using wheel = new Wheel(clock);
        const began = clock.now();
        const entries = delays.map((delay) => {
          const entry = new Recorder();
          wheel.schedule(entry, began + delay);
          return entry;
        });
        await clock.advance(201_000);
        entries.forEach((entry, i) => {
          assert.equal(entry.turns.length, 1);
          const late = entry.turns[0]! - began - delays[i]!;
          assert.ok(late >= 0 && late <= 200, `${late} ms late`);
        });
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("what a turn returns is the next deadline", async () => {
  const clock = new FakeClock();
  using wheel = new Wheel(clock);
  const entry = new Recorder((now) => now + 1_000);
  wheel.schedule(entry, clock.now() + 1_000);
  await clock.advance(10_500);
  assert.ok(entry.turns.length >= 8 && entry.turns.length <= 10, `${entry.turns.length} turns`);
});

Deno.test("an entry that is taken off does not turn", async () => {
  const clock = new FakeClock();
  using wheel = new Wheel(clock);
  const entry = new Recorder();
  wheel.schedule(entry, clock.now() + 500);
  wheel.schedule(entry, 0);
  await clock.advance(2_000);
  assert.deepEqual(entry.turns, []);
  assert.equal(entry.due, 0);
});

Deno.test("a turn may move and take off others of the same slot", async () => {
  const clock = new FakeClock();
  using wheel = new Wheel(clock);
  const others = [new Recorder(), new Recorder(), new Recorder()];
  const entry = new Recorder(() => {
    wheel.schedule(others[0]!, 0);
    wheel.schedule(others[1]!, clock.now() + 5_000);
    return 0;
  });
  for (const each of [entry, ...others]) wheel.schedule(each, clock.now() + 500);
  await clock.advance(1_000);
  assert.deepEqual([entry, ...others].map(({ turns }) => turns.length), [1, 0, 0, 1]);
  await clock.advance(6_000);
  assert.equal(others[1]!.turns.length, 1);
});

Deno.test("a deadline that has passed turns at the next advance", async () => {
  const clock = new FakeClock();
  using wheel = new Wheel(clock);
  const entry = new Recorder();
  wheel.schedule(entry, clock.now() - 60_000);
  await clock.advance(100);
  assert.equal(entry.turns.length, 1);
});

Deno.test("F26: after a stall longer than a turn of the wheel every entry turns once", async () => {
  const clock = new FakeClock();
  const stalled = { ...clockOf(clock), offset: 0 };
  using wheel = new Wheel(stalled);
  const entries = Array.from({ length: 50 }, (_, i) => {
    const entry = new Recorder();
    wheel.schedule(entry, clock.now() + i * 1_000);
    return entry;
  });
  stalled.offset = 120_000;
  await clock.advance(200);
  assert.ok(entries.every(({ turns }) => turns.length === 0), "what came meanwhile is heard first");
  await clock.advance(200);
  assert.deepEqual(entries.map(({ turns }) => turns.length), Array(50).fill(1));
});

Deno.test("F26: a process that always stalls still turns, and who was heard meanwhile is not late", async () => {
  const clock = new FakeClock();
  const stalled = { ...clockOf(clock), offset: 0 };
  using wheel = new Wheel(stalled);
  const [silent, heard] = [new Recorder(), new Recorder()];
  for (const entry of [silent, heard]) wheel.schedule(entry, clock.now() + 1_000);
  for (let i = 0; i < 4; i++) {
    stalled.offset += 2_000;
    await clock.advance(SLOT_MS);
    wheel.schedule(heard, stalled.now() + 60_000);
  }
  assert.deepEqual([silent.turns.length, heard.turns.length], [1, 0]);
});

/** A clock whose hands can be moved without its timers firing, as a stall does. */
function clockOf(clock: FakeClock) {
  return {
    offset: 0,
    now(): number {
      return clock.now() + this.offset;
    },
    wall: () => clock.wall(),
    after: (ms: number, fn: () => void) => clock.after(ms, fn),
    every: (ms: number, fn: () => void) => clock.every(ms, fn),
  };
}
