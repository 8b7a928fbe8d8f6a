/** Schedules that broke a promise once, and a fixed set of random ones. `deno task chaos` plays more. */

import assert from "node:assert/strict";
import { violations } from "./invariants.ts";
import { type Schedule, scheduleOf, type Step } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { type History, play } from "./world.ts";

const HOUR_MS = 3_600_000;
const SEEDS = 400;

function schedule(
  isolates: number,
  steps: readonly Step[],
  more: Partial<Schedule> = {},
): Schedule {
  return {
    seed: 1,
    distances: Array.from({ length: isolates }, () => 1),
    clocks: Array.from({ length: isolates }, () => 0),
    releaseRate: 50,
    liveTtlMs: HOUR_MS,
    steps: steps.toSorted((a, b) => a.at - b.at),
    ...more,
  };
}

/** Plays it, and holds it to every promise. */
async function holds(made: Schedule): Promise<History> {
  const history = await play(made);
  assert.deepEqual(violations(history), [], JSON.stringify(made));
  return history;
}

function visit(at: number, isolate: number, visitors = 1): Step {
  return { at, do: "visit", isolate, visitors };
}

/** One visitor a second from then on, for so many seconds. */
function trickle(at: number, isolate: number, seconds: number): Step[] {
  return Array.from({ length: seconds }, (_, i) => visit(at + 1_000 * i, isolate));
}

/** Somebody stays, so that the isolate keeps what it has heard of the conference. */
function watch(isolate: number): Step {
  return { at: 0, do: "watch", isolate };
}

function live(at: number, isolate: number): Step {
  return { at, do: "live", isolate };
}

function end(at: number, isolate: number): Step {
  return { at, do: "end", isolate };
}

Deno.test("a go-live and an end at nearly the same moment leave one belief, whoever is first", async () => {
  for (let apart = -20; apart <= 20; apart++) {
    const steps = [0, 1, 2].flatMap((isolate) => [watch(isolate), ...trickle(2_000, isolate, 10)]);
    const both = [...steps, visit(0, 0, 5), live(500, 0), end(500 + apart, 1)];
    const { visitors } = await holds(schedule(3, both, { distances: [1, 4, 9] }));
    const told = visitors.filter(({ cameAt }) => cameAt >= 2_000).map(({ told }) => told.length);
    assert.equal(new Set(told).size, 1, `${apart} ms apart: ${told}`);
  }
});

Deno.test("an end that could not be told is told again", async () => {
  const cut: Step = { at: 4_900, do: "cut", isolate: 0, ms: 1_000, silent: false };
  const steps = [visit(0, 1, 3), live(1_000, 0), cut, end(5_000, 0), ...trickle(6_000, 1, 20)];
  steps.push(watch(1));
  const { visitors } = await holds(schedule(2, steps));
  const late = visitors.filter(({ cameAt }) => cameAt > 9_500);
  assert.ok(late.length > 10 && late.every(({ told }) => told.length === 0));
});

Deno.test("a word of a go-live that was held up for seconds lets nobody in after the end", async () => {
  const delay: Step = { at: 900, do: "delay", isolate: 1, ms: 12_000 };
  const steps = [visit(0, 1, 10), delay, live(1_000, 0), end(3_000, 0), ...trickle(4_000, 1, 20)];
  steps.push(watch(1));
  const { visitors } = await holds(schedule(2, steps));
  assert.ok(visitors.every(({ told }) => told.length === 0 || told[0]! < 3_500));
});

Deno.test("a failover that loses a go-live that got its 200 loses nobody", async () => {
  const failover: Step = { at: 1_500, do: "failover", ms: 800, lagMs: 2_000 };
  const steps = [visit(0, 0, 5), visit(0, 1, 200), live(1_000, 0), failover];
  const later = [visit(9_000, 2, 5), visit(9_000, 3, 5)];
  const { visitors } = await holds(schedule(4, [...steps, ...later]));
  assert.ok(visitors.every(({ told }) => told.length === 1));
});

Deno.test("a failover that loses an end brings nothing back to life", async () => {
  const failover: Step = { at: 4_500, do: "failover", ms: 800, lagMs: 2_000 };
  const steps = [visit(0, 1, 3), live(1_000, 0), end(4_000, 2), failover];
  const { visitors } = await holds(
    schedule(4, [...steps, visit(9_000, 3, 20), visit(9_000, 1, 5)]),
  );
  assert.ok(visitors.every(({ told, cameAt }) => told.length === (cameAt < 4_000 ? 1 : 0)));
});

Deno.test("a Redis that loses its data during a release, and a little before, strands nobody", async () => {
  for (const at of [900, 1_005, 1_100, 2_000]) {
    const lost: Step = { at, do: "restart", ms: 500, lost: true };
    const steps = [visit(0, 0, 60), visit(0, 1, 60), live(1_000, 0), lost, visit(6_000, 2, 20)];
    const { visitors } = await holds(schedule(3, steps));
    assert.ok(visitors.every(({ told }) => told.length === 1), `${at}`);
  }
});

Deno.test("who waited when it went live is told also when the live state has run out meanwhile", async () => {
  for (const pauseAt of [0, 900, 1_002, 1_500]) {
    const stand: Step = { at: pauseAt, do: "pause", isolate: 1, ms: 6_000 };
    const steps = [visit(0, 0, 200), visit(0, 1, 60), live(1_000, 0), visit(3_000, 0, 30)];
    const paused = pauseAt > 0 ? [...steps, stand] : steps;
    const { visitors } = await holds(schedule(2, paused, { liveTtlMs: 3_000 }));
    assert.ok(visitors.every(({ told }) => told.length === 1), `paused at ${pauseAt}`);
  }
});

Deno.test("a go-live after an end begins at once, whatever was planned before", async () => {
  const steps = [visit(0, 0, 240), live(1_000, 0), visit(3_000, 1), end(5_000, 0), live(7_000, 1)];
  steps.push(watch(1));
  const { visitors } = await holds(schedule(2, steps, { releaseRate: 5 }));
  const after = visitors.flatMap(({ told }) => told).filter((at) => at > 7_000);
  assert.ok(Math.min(...after) < 8_000);
});

Deno.test("go-lives at the same moment release at the rate, without a pause", async () => {
  for (let apart = 0; apart <= 30; apart += 3) {
    const crowd = [visit(0, 0, 60), visit(200, 1, 60), visit(400, 2, 60)];
    const goers = [live(1_000, 0), live(1_000 + apart, 1), live(1_000 + 2 * apart, 2)];
    await holds(schedule(3, [...crowd, ...goers, visit(1_010, 2, 20)]));
  }
});

Deno.test("who stood still for seconds asks for a new plan, and the rate holds", async () => {
  for (const ms of [400, 1_000, 3_000]) {
    const stand: Step = { at: 2_000, do: "pause", isolate: 1, ms };
    await holds(schedule(2, [visit(0, 0, 200), visit(0, 1, 200), live(1_000, 0), stand]));
  }
});

Deno.test("when a process with half of the visitors dies, the others are soon told at the full rate", async () => {
  const kill: Step = { at: 2_500, do: "kill", isolate: 1 };
  const crowd = [visit(0, 0, 300), visit(0, 1, 300)];
  const { visitors } = await holds(schedule(2, [...crowd, live(1_000, 0), kill]));
  const last = Math.max(...visitors.flatMap(({ told }) => told));
  assert.ok(last < 1_000 + 300 * 20 + 1_500 * 0.5 + 4_000, `${last}`);
});

Deno.test("isolates at different distances from Redis tell in the order of all", async () => {
  const steps = [visit(0, 1, 20), visit(1_000, 0, 20), visit(2_000, 1, 20), visit(3_000, 0, 20)];
  for (const far of [0, 60, 110]) {
    await holds(schedule(3, [...steps, live(5_000, 2)], { distances: [1, far, 1] }));
  }
});

Deno.test("clocks that are hours apart change nothing", async () => {
  for (const ms of [-2 * HOUR_MS, 2 * HOUR_MS]) {
    const steps = [visit(0, 1, 40), live(1_000, 0), visit(5_000, 2, 5), ...trickle(6_000, 1, 15)];
    const { visitors } = await holds(schedule(3, steps, { clocks: [ms, 0, 0] }));
    assert.ok(visitors.every(({ told }) => told.length === 1));
  }
});

Deno.test(`${SEEDS} random schedules break no promise`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await holds(scheduleOf(seed));
});

Deno.test("the same seed gives the same history", async () => {
  for (const seed of [3, 12, 77]) {
    assert.deepEqual(await play(scheduleOf(seed)), await play(scheduleOf(seed)));
  }
});

Deno.test("a schedule that fails is made as short as it can be", async () => {
  const steps = [visit(0, 0, 40), ...trickle(500, 1, 9), end(3_000, 0), live(4_000, 1)];
  const needsEnd = ({ steps }: Schedule) =>
    Promise.resolve(steps.some((step) => step.do === "end"));
  const shortest = await shrink(schedule(4, steps), needsEnd);
  assert.deepEqual(shortest.steps, [end(3_000, 0)]);
  assert.equal(shortest.distances.length, 1);
});
