/** What things cost, held against docs/scale.md's formulas at a few isolates and at thousands. */

import assert from "node:assert/strict";
import {
  type Cost,
  counting,
  endingLive,
  goingLive,
  JOINING,
  joiningBounded,
  LEAVING,
  planning,
  pulsing,
  reconciling,
  scaled,
  summed,
  telling,
  WAITING,
} from "./costs.ts";
import { Fleet, type Usage } from "./fleet.ts";

/** Longer than anything takes, shorter than the 2 s after which an isolate looks around. */
const SOON_MS = 500;
/** Longer than the first visitor of an isolate takes; hundreds of them are done before a look around. */
const JOINED_MS = 25;

function assertCost(usage: Usage, cost: Cost): void {
  const { published, delivered, channels, reads, keys, writes } = usage;
  assert.deepEqual({ published, delivered, channels, reads, keys, writes }, cost);
}

/** A fleet of which the first `isolates` have conference 0, with `visitors` on each; one has not. */
async function spread(isolates: number, visitors = 1): Promise<Fleet> {
  const fleet = await Fleet.open({ isolates: isolates + 1, releaseRate: 100_000 });
  for (let n = 0; n < isolates * visitors; n++) fleet.visitor(0, n % isolates);
  await fleet.clock.advance(SOON_MS);
  return fleet;
}

for (const isolates of [2, 40, 3_000]) {
  Deno.test(`the first visitor on each of ${isolates} isolates costs a channel and a read`, async () => {
    await using fleet = await Fleet.open({ isolates });
    const everywhere = () => {
      for (let n = 0; n < isolates; n++) fleet.visitor(0, n);
    };
    assertCost(await fleet.use(SOON_MS, everywhere), scaled(JOINING, isolates));
    assertCost(await fleet.use(SOON_MS, everywhere), WAITING);
  });

  Deno.test(`a count of ${isolates} isolates costs what the formula says`, async () => {
    await using fleet = await spread(isolates);
    const counts: number[] = [];
    const usage = await fleet.use(SOON_MS, () => fleet.moderator(0, { isolate: 0, counts }));
    assertCost(usage, counting(isolates));
    assert.deepEqual(counts, [isolates]);
  });
}

for (const isolates of [2, 40, 500]) {
  Deno.test(`a go-live on ${isolates} isolates costs what the formula says, whoever is asked`, async () => {
    for (const own of [0, 1] as const) {
      await using fleet = await spread(isolates);
      const usage = await fleet.use(SOON_MS, () => fleet.goLive(0, own ? 0 : isolates));
      assertCost(usage, goingLive(isolates, own));
      assert.equal(fleet.told.length, isolates);
    }
  });
}

Deno.test("a go-live on 3000 isolates, which visitors of most have left, costs the same", async () => {
  const [isolates, left] = [3_000, 2_800];
  await using fleet = await Fleet.open({ isolates, releaseRate: 100_000 });
  const places = Array.from({ length: isolates }, (_, isolate) => fleet.visitor(0, isolate));
  await fleet.clock.advance(SOON_MS);
  for (const place of places.slice(0, left)) place.leave();
  assertCost(await fleet.use(SOON_MS, () => fleet.goLive(0, 0)), goingLive(isolates, 1));
  assert.equal(fleet.told.length, isolates - left);
});

Deno.test("who waits costs nothing but the look into the store every 15 s", async () => {
  await using fleet = await spread(200, 3);
  assertCost(await fleet.use(60_000), scaled(reconciling(1), 4 * 200));
});

Deno.test("an isolate reads its conferences by the five hundred", async () => {
  await using fleet = await Fleet.open({ isolates: 3 });
  for (let conference = 0; conference < 1_201; conference++) fleet.visitor(conference, 1);
  await fleet.clock.advance(SOON_MS);
  assertCost(await fleet.use(15_000), reconciling(1_201));
});

Deno.test("the moderators of an isolate share a count an interval", async () => {
  const isolates = 50;
  await using fleet = await spread(isolates);
  for (let n = 0; n < 20; n++) fleet.moderator(0, { isolate: n % 2 });
  await fleet.clock.advance(SOON_MS);
  const { published, delivered } = await fleet.use(15_000 + SOON_MS);
  const expected = scaled(counting(isolates), 2);
  assert.deepEqual([published, delivered], [expected.published, expected.delivered]);
});

Deno.test("the messages of a go-live do not grow with the visitors", async () => {
  for (const visitors of [1, 10, 100]) {
    await using fleet = await spread(60, visitors);
    assertCost(await fleet.use(SOON_MS, () => fleet.goLive(0, 0)), goingLive(60, 1));
    assert.equal(fleet.told.length, 60 * visitors);
  }
});

Deno.test("all who come during a release cost one plan more, a few should isolates ask at once", async () => {
  const isolates = 60;
  await using fleet = await Fleet.open({ isolates: isolates + 1, releaseRate: 1_000 });
  for (let n = 0; n < 3_000; n++) fleet.visitor(0, n % isolates);
  await fleet.clock.advance(SOON_MS);
  void fleet.goLive(0, 0);
  await fleet.clock.advance(1_000);
  const usage = await fleet.use(2_900, () => {
    for (let n = 0; n < 600; n++) fleet.visitor(0, n % isolates);
  });
  const plan = planning(isolates, 1);
  const pulse = pulsing(isolates);
  // A few looks whether all are there, should isolates look at once; the rest are plans.
  const parts = [0, 1, 2, 3].map((pulses) => {
    return [(usage.published - pulses * pulse.published) / plan.published, pulses] as const;
  });
  const [plans, pulses] = parts.find(([plans]) => Number.isInteger(plans)) ?? [NaN, NaN];
  assert.ok(plans >= 1 && plans <= 4, `${plans} plans`);
  assert.equal(usage.delivered, plans * plan.delivered + pulses * pulse.delivered);
  await fleet.clock.advance(2_000);
  assert.equal(fleet.told.length, 3_600);
});

Deno.test("taking the live state back costs an ask, and a read and a write of the store", async () => {
  await using fleet = await spread(60);
  assertCost(await fleet.use(SOON_MS, () => fleet.endLive(0, 60)), endingLive(60, 0));
});

Deno.test("the last one of an isolate to leave costs a channel, the others nothing", async () => {
  await using fleet = await Fleet.open({ isolates: 1 });
  const [first, second] = [fleet.visitor(0), fleet.visitor(0)];
  await fleet.clock.advance(SOON_MS);
  assertCost(await fleet.use(3_000, () => first.leave()), WAITING);
  assertCost(await fleet.use(3_000, () => second.leave()), LEAVING);
});

Deno.test("conferences cost what each costs, and nothing of each other", async () => {
  await using fleet = await Fleet.open({ isolates: 101, releaseRate: 100_000 });
  const conferences = Array.from({ length: 30 }, (_, conference) => conference);
  for (const conference of conferences) {
    for (let n = 0; n < 20; n++) fleet.visitor(conference, fleet.random.below(100));
  }
  await fleet.clock.advance(SOON_MS);
  const costs = conferences.map((conference) => goingLive(fleet.isolatesOf(conference), 0));
  const usage = await fleet.use(SOON_MS, () => {
    for (const conference of conferences) void fleet.goLive(conference, 100);
  });
  assertCost(usage, summed(...costs));
});

for (const isolates of [2, 40, 300]) {
  Deno.test(`with a bound on visitors ${isolates} isolates that join cost the square of their number`, async () => {
    await using fleet = await Fleet.open({ isolates, maxVisitorsPerConference: 100_000 });
    await fleet.clock.advance(100);
    const everywhere = async () => {
      for (let n = 0; n < isolates; n++) {
        fleet.visitor(0, n);
        await new Promise<void>((resolve) => void fleet.clock.after(JOINED_MS, resolve));
      }
    };
    const all = Array.from({ length: isolates }, (_, n) => joiningBounded(n + 1));
    const expected = summed(...all);
    assertCost(await fleet.use(isolates * JOINED_MS + SOON_MS, everywhere), expected);
    assert.equal(expected.published, isolates * (isolates + 3) / 2);
    assert.equal(expected.delivered, isolates * (3 * isolates - 1) / 2);
  });
}

Deno.test("with a bound a further visitor costs a message to each isolate, and a count every 10 s", async () => {
  const isolates = 40;
  await using fleet = await Fleet.open({ isolates, maxVisitorsPerConference: 50 });
  for (let n = 0; n < isolates; n++) fleet.visitor(0, n);
  await fleet.clock.advance(2_000);
  assertCost(await fleet.use(100, () => fleet.visitor(0, 0)), telling(isolates));
  await fleet.clock.advance(10_000);
  const usage = await fleet.use(100, () => fleet.visitor(0, 0));
  assertCost(usage, summed(telling(isolates), counting(isolates)));
});

Deno.test("each isolate answers for a list of all conferences, with fifty octets for each of its own", async () => {
  const isolates = 50;
  await using fleet = await Fleet.open({ isolates });
  for (let n = 0; n < 20_000; n++) fleet.visitor(n % 400, n % isolates);
  await fleet.clock.advance(SOON_MS);
  const { published, delivered, octets } = await fleet.use(SOON_MS, () => fleet.list(0));
  assert.deepEqual([published, delivered], [isolates, 2 * isolates - 1]);
  const each = octets / fleet.network.subscriptions;
  assert.ok(each > 45 && each < 60, `${each} octets`);
});
