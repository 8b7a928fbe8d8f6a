/** What docs/protocol.md says of a release, on thousands of isolates at different distances. */

import assert from "node:assert/strict";
import { assertPace } from "../queue/pace.ts";
import { Fleet, type Told } from "./fleet.ts";

/** A release looks for due visitors every 10 ms, and an isolate hears of a plan after another. */
const JITTER_MS = 25;
/** Who came as much earlier is told earlier. */
const EARLIER_MS = 1_000;

function assertOnce(told: readonly Told[], visitors: number): void {
  assert.equal(told.length, visitors);
  assert.equal(new Set(told.map(({ visitor }) => visitor)).size, visitors);
}

/** Holds that nobody was told before somebody who came a second or more earlier. */
function assertOrder(told: readonly Told[]): void {
  let youngest: Told | undefined;
  for (const each of told) {
    const late = youngest !== undefined && each.cameAt + EARLIER_MS <= youngest.cameAt &&
      each.toldAt > youngest.toldAt + JITTER_MS;
    assert.ok(!late, `visitor ${each.visitor} is told after ${youngest?.visitor}`);
    if (!youngest || each.cameAt > youngest.cameAt) youngest = each;
  }
}

/** By time; visitors that are told within a tick count as told in the order in which they came. */
function assertFair(told: readonly Told[], rate: number): void {
  assertOrder(told);
  assertPace(told.map(({ toldAt }) => toldAt), 1_000 / rate);
}

Deno.test("40 conferences on 2000 isolates: everybody is told once, first come first served, at the rate", async () => {
  const [isolates, conferences, perConference] = [2_000, 40, 100];
  await using fleet = await Fleet.open({ isolates, spreadMs: 2 });
  for (let n = 0; n < perConference; n++) {
    for (let conference = 0; conference < conferences; conference++) fleet.visitor(conference);
    await fleet.clock.advance(100);
  }
  const answers = Array.from({ length: conferences }, (_, conference) => fleet.goLive(conference));
  await fleet.clock.advance(3_000);
  for (const { visitorsWaiting } of await Promise.all(answers)) {
    assert.equal(visitorsWaiting, perConference);
  }
  assertOnce(fleet.told, conferences * perConference);
  const told = Map.groupBy(fleet.told, ({ conference }) => conference);
  for (const conference of told.values()) assertFair(conference, 50);
});

Deno.test("a conference on 250 isolates: who comes during the release is told after those before", async () => {
  const [isolates, rate] = [250, 500];
  await using fleet = await Fleet.open({ isolates, spreadMs: 20, releaseRate: rate });
  for (let second = 0; second < 4; second++) {
    fleet.visitors(300, 0);
    await fleet.clock.advance(EARLIER_MS);
  }
  const live = fleet.goLive(0);
  await fleet.clock.advance(EARLIER_MS);
  fleet.visitors(300, 0);
  await fleet.clock.advance(6_000);
  assert.equal((await live).visitorsWaiting, 1_200);
  assertOnce(fleet.told, 1_500);
  assertFair(fleet.told, rate);
});

Deno.test("who comes to any of 2000 isolates while it goes live is told once", async () => {
  await using fleet = await Fleet.open({ isolates: 2_000, spreadMs: 20, releaseRate: 1_000 });
  fleet.visitors(60, 0);
  await fleet.clock.advance(100);
  const live = fleet.goLive(0);
  for (let ms = 0; ms < 100; ms++) {
    fleet.visitor(0);
    await fleet.clock.advance(1);
  }
  await fleet.clock.advance(3_000);
  await live;
  assertOnce(fleet.told, 160);
});

Deno.test("a go-live is answered after four ways to Redis and back, however many isolates there are", async () => {
  for (const isolates of [4, 2_000]) {
    await using fleet = await Fleet.open({ isolates, latencyMs: 3 });
    fleet.visitors(100, 0);
    await fleet.clock.advance(100);
    const live = fleet.goLive(0, 0);
    await fleet.clock.advance(100);
    assert.equal((await live).answerMs, 4 * 2 * 3);
  }
});
