/** A Redis that can do so much and no more: what the plan says of its load, and what breaks first. */

import assert from "node:assert/strict";
import { Fleet, type Usage } from "./fleet.ts";
import { loads, planOctets, redisTime, type Size } from "./plan.ts";
import { BUSY, slower } from "./redis_costs.ts";
import { SimClock } from "./sim_clock.ts";
import { SimServer } from "./sim_server.ts";

/** As many conferences as one in `SHARE`, on a Redis that is as many times slower. */
const SHARE = 400;
const VISITORS = 100;
const ISOLATES = 400;
const INTERVAL_MS = 15_000;

/** Counts as the moderators were told them, by conference. */
interface Full {
  readonly fleet: Fleet;
  readonly counts: readonly (readonly number[])[];
}

async function full(conferences: number): Promise<Full> {
  const costs = slower(BUSY, SHARE);
  const fleet = await Fleet.open({ isolates: ISOLATES, costs, startOverMs: INTERVAL_MS });
  const counts: number[][] = [];
  for (let conference = 0; conference < conferences / SHARE; conference++) {
    fleet.visitors(VISITORS, conference);
    fleet.moderator(conference, { counts: counts[conference] = [] });
    await fleet.clock.advance(INTERVAL_MS * SHARE / conferences);
  }
  await fleet.clock.advance(INTERVAL_MS);
  return { fleet, counts };
}

/** The part of a second of Redis that the plan gives to those who wait. */
function planned(conferences: number): number {
  const size: Size = { isolates: ISOLATES, conferences, visitors: VISITORS };
  return loads(size)
    .filter(({ what }) => what === "counts" || what === "looks into the store")
    .reduce((sum, load) => sum + redisTime(load, BUSY), 0);
}

function load({ workMs, seconds }: Usage): number {
  return workMs / 1_000 / seconds;
}

function assertNear(actual: number, expected: number, part: number): void {
  assert.ok(Math.abs(actual / expected - 1) < part, `${actual} is not near ${expected}`);
}

Deno.test("a server does its work in order, and what comes meanwhile waits", async () => {
  const clock = new SimClock();
  const server = new SimServer(clock, BUSY);
  assert.equal(server.take(3_000), 3);
  assert.equal(server.take(2_000), 5);
  await clock.advance(4);
  assert.equal(server.take(1_000), 2);
  await clock.advance(10);
  assert.equal(server.take(1_000), 1);
  assert.equal(server.workMs, 7);
});

Deno.test("the plan gives the load of Redis, at half of what it can do", async () => {
  const conferences = 20_000;
  const { fleet, counts } = await full(conferences);
  await using _fleet = fleet;
  assertNear(load(await fleet.use(INTERVAL_MS)), planned(conferences), 0.1);
  assert.ok(counts.every((told) => told.at(-1) === VISITORS));
});

Deno.test("counts are the first thing that breaks: past what Redis can do they are wrong", async () => {
  const size: Size = { isolates: ISOLATES, conferences: 60_000, visitors: VISITORS };
  const parts = loads(size).toSorted((a, b) => redisTime(b, BUSY) - redisTime(a, BUSY));
  assert.equal(parts[0]!.what, "counts");
  assert.ok(redisTime(parts[0]!, BUSY) > 1);
  assert.ok(parts.slice(1).every((part) => redisTime(part, BUSY) < 0.5));
  const { fleet, counts } = await full(size.conferences);
  await using _fleet = fleet;
  assert.ok(load(await fleet.use(INTERVAL_MS)) > 1);
  assert.ok(counts.some((told) => told.at(-1) !== VISITORS));
});

Deno.test("a Redis that stood still for a second is no busier a minute later, and counts are right", async () => {
  const { fleet, counts } = await full(26_000);
  await using _fleet = fleet;
  const before = load(await fleet.use(INTERVAL_MS));
  assert.ok(before > 0.7 && before < 0.9, `${before} is no load to recover under`);
  fleet.server!.take(1e6);
  await fleet.clock.advance(4 * INTERVAL_MS);
  assertNear(load(await fleet.use(INTERVAL_MS)), before, 0.1);
  assert.ok(counts.every((told) => told.at(-1) === VISITORS));
});

Deno.test("the octets of a plan are what its formula says", async () => {
  for (const [isolates, visitors] of [[30, 30], [100, 100], [20, 400]] as const) {
    await using fleet = await Fleet.open({ isolates });
    for (let n = 0; n < visitors; n++) {
      fleet.visitor(0, n % isolates);
      await fleet.clock.advance(500);
    }
    const { octets } = await fleet.use(400, () => fleet.goLive(0, 0));
    assertNear(octets, isolates * planOctets(isolates, visitors), 0.35);
  }
});
