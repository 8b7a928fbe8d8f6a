import assert from "node:assert/strict";
import { Conference, type ConferenceObserver } from "../../src/queue/conference.ts";
import { configureLogging } from "../../src/log/log.ts";
import { Pacer } from "../../src/queue/pacer.ts";
import { SimClock } from "../sim/sim_clock.ts";
import { live } from "./knowledge.ts";
import { silentObserver } from "./silent_observer.ts";

function setup(): { clock: SimClock; pacer: Pacer; observer: ConferenceObserver } {
  const clock = new SimClock();
  const pacer = new Pacer(clock);
  return { clock, pacer, observer: { ...silentObserver, releasing: (each) => pacer.add(each) } };
}

/** A conference with `count` visitors, and the times at which they are told. */
function crowd(
  { clock, observer }: ReturnType<typeof setup>,
  count: number,
  intervalMs: number,
): { conference: Conference; told: number[] } {
  const conference = new Conference("room", observer, { intervalMs, randomDelayMs: 0 });
  const told: number[] = [];
  for (let i = 0; i < count; i++) {
    conference.arrive({ notify: () => void told.push(clock.now()) }, clock.now());
  }
  conference.hear(live(clock.now() + 1_000_000), clock.now());
  return { conference, told };
}

Deno.test("a release is run to its end, and then no timer is left", async () => {
  const parts = setup();
  const { clock } = parts;
  const crowds = [crowd(parts, 10, 20), crowd(parts, 3, 100), crowd(parts, 5_000, 0)];
  for (const { conference } of crowds) conference.planAlone(clock.now());
  assert.ok(clock.timers > 0);
  await clock.advance(1_000);
  assert.deepEqual(crowds.map(({ told }) => told.length), [10, 3, 5_000]);
  assert.equal(clock.timers, 0);
});

Deno.test("the end of a release says how many were told in how many seconds", async () => {
  const lines: Record<string, unknown>[] = [];
  configureLogging({
    level: "info",
    format: "json",
    isolate: "test",
    write: (line) => lines.push(JSON.parse(line)),
  });
  const parts = setup();
  const { clock } = parts;
  for (const { conference } of [crowd(parts, 11, 200), crowd(parts, 1, 200)]) {
    conference.planAlone(clock.now());
  }
  await clock.advance(5_000);
  assert.deepEqual(lines.map(({ conference, told, seconds }) => [conference, told, seconds]), [
    ["room", 11, 2],
  ]);
});

Deno.test("a large crowd that is told at once leaves room for other work between slices", async () => {
  const parts = setup();
  const { clock } = parts;
  const { conference, told } = crowd(parts, 200, 0);
  conference.planAlone(clock.now());
  const seen: number[] = [];
  const look = () => {
    seen.push(told.length);
    if (told.length < 200) clock.after(0, look);
  };
  clock.after(0, look);
  await clock.advance(0);
  assert.deepEqual(seen, [64, 128, 192, 200]);
});

Deno.test("a rate above a hundred a second is kept too", async () => {
  const parts = setup();
  const { clock } = parts;
  const { conference, told } = crowd(parts, 1_000, 1);
  const from = clock.now();
  conference.planAlone(from);
  await clock.advance(500);
  assert.ok(told.length >= 490 && told.length <= 501, `${told.length} in half a second`);
});

Deno.test("disposed, it tells nobody more and takes nothing in", async () => {
  const parts = setup();
  const { clock, pacer } = parts;
  const { conference, told } = crowd(parts, 10, 20);
  conference.planAlone(clock.now());
  await clock.advance(50);
  const before = told.length;
  pacer[Symbol.dispose]();
  pacer.add(conference);
  await clock.advance(1_000);
  assert.deepEqual([told.length, clock.timers], [before, 0]);
});
