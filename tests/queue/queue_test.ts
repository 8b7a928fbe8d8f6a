import assert from "node:assert/strict";
import fc from "fast-check";
import { House, type HouseOptions, nameOf, type Visitor } from "./house.ts";
import { assertEven, assertPace } from "./pace.ts";

const INTERVAL_MS = 20;

function indexes(visitors: readonly Visitor[]): number[] {
  return visitors.map(({ index }) => index);
}

/** Who came a second or more earlier was told earlier. */
function assertFair({ told }: House): void {
  let latest: Visitor | undefined;
  for (const visitor of told) {
    if (latest && latest.cameAt - visitor.cameAt >= 1_000) {
      assert.fail(`number ${visitor.index} is told after number ${latest.index}`);
    }
    if (!latest || visitor.cameAt > latest.cameAt) latest = visitor;
  }
}

Deno.test("a visitor waits until its conference is live, and is told once", async () => {
  await using house = await House.open();
  const [node] = house.nodes;
  const visitor = node!.visitor();
  await house.pass(60_000);
  assert.deepEqual(visitor.told, []);
  assert.equal((await house.pass(0, node!.goLive())).visitorsWaiting, 1);
  await house.pass(60_000);
  assert.equal(visitor.told.length, 1);
});

Deno.test("conferences do not hear of each other", async () => {
  await using house = await House.open({ nodes: 2 });
  const [a, b] = house.nodes;
  const mine = a!.visitor();
  const other = b!.visitor(nameOf("other@conference.meet.example"));
  await house.pass(1_000, b!.goLive());
  assert.equal(mine.told.length, 1);
  assert.equal(other.told.length, 0);
});

Deno.test("the first is told at once, before the rest and with the answer", async () => {
  await using house = await House.open({ nodes: 2, latency: 3 });
  house.nodes[0]!.visitors(5);
  house.nodes[1]!.visitors(5);
  await house.pass(2_000);
  const from = house.clock.now();
  assert.equal((await house.pass(20, house.nodes[0]!.goLive())).visitorsWaiting, 10);
  assert.ok(house.times[0]! - from <= 10, `after ${house.times[0]! - from} ms`);
  assert.ok(house.told.length <= 2);
});

Deno.test("within an isolate first come is first served, strictly, at the rate", async () => {
  await using house = await House.open();
  for (let i = 0; i < 100; i++) {
    house.nodes[0]!.visitor();
    await house.pass(i % 7);
  }
  await house.pass(3_000, house.nodes[0]!.goLive());
  assert.deepEqual(indexes(house.told), indexes(house.visitors));
  assertEven(house.times, INTERVAL_MS);
});

Deno.test("the early on one isolate are told before the late on another, not beside them", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  b!.visitors(50);
  await house.pass(2_000);
  a!.visitors(50);
  await house.pass(500);
  await house.pass(3_000, a!.goLive());
  assert.deepEqual(indexes(house.told), indexes(house.visitors));
  assertEven(house.times, INTERVAL_MS);
});

Deno.test("those who came together take turns over the isolates", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  for (const node of house.nodes) node.visitors(20);
  await house.pass(50);
  await house.pass(2_000, house.nodes[0]!.goLive());
  const turns = house.told.map(({ node }) => house.nodes.indexOf(node));
  for (let i = 0; i < 40; i += 4) {
    assert.equal(turns.slice(i, i + 4).reduce((a, b) => a + b), 2, `${turns}`);
  }
});

Deno.test("property: the line of all isolates is fair, complete and evenly told", async () => {
  const arrival = fc.record({
    node: fc.integer({ min: 0, max: 3 }),
    after: fc.integer({ min: 0, max: 700 }),
  });
  const crowd = fc.record({
    arrivals: fc.array(arrival, { minLength: 1, maxLength: 60 }),
    latency: fc.integer({ min: 0, max: 10 }),
    leader: fc.integer({ min: 0, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(crowd, async ({ arrivals, latency, leader }) => {
      await using house = await House.open({ nodes: 4, latency });
      for (const { node, after } of arrivals) {
        await house.pass(after);
        house.nodes[node]!.visitor();
      }
      await house.pass(latency + 1);
      await house.pass(5_000, house.nodes[leader]!.goLive());
      assert.equal(house.told.length, arrivals.length);
      assertFair(house);
      assertEven(house.times, INTERVAL_MS);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a rate of 0 tells everybody on all isolates at once", async () => {
  await using house = await House.open({ nodes: 3, latency: 1, releaseRate: 0 });
  for (const node of house.nodes) node.visitors(700);
  await house.pass(100);
  const from = house.clock.now();
  await house.pass(5, house.nodes[0]!.goLive());
  assert.equal(house.told.length, 2_100);
  assert.ok(house.times.every((time) => time - from <= 3));
  const late = house.nodes[2]!.visitor();
  await house.pass(0);
  assert.equal(late.told.length, 1, "and who comes later too");
});

Deno.test("who left before its turn is not told and does not count", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  const stays = [...a!.visitors(3), ...b!.visitors(3)];
  for (const visitor of [...a!.visitors(3), ...b!.visitors(3)]) visitor.leave();
  await house.pass(10);
  assert.equal((await house.pass(10, a!.goLive())).visitorsWaiting, 6);
  const lost = house.visitors.find(({ told }) => told.length === 0)!;
  lost.leave();
  await house.pass(3_000);
  assert.deepEqual(lost.told, []);
  assert.equal(house.told.length, stays.length - 1);
});

Deno.test("endlive during a release: who has not been told waits on, and keeps its place", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  for (let i = 0; i < 40; i++) (i % 2 ? a! : b!).visitor();
  await house.pass(50);
  await house.pass(300, a!.goLive());
  await house.pass(10, b!.endLive());
  const before = house.told.length;
  assert.ok(before >= 10 && before <= 18, `${before} told`);
  await house.pass(60_000);
  assert.equal(house.told.length, before, "nobody more");
  await house.pass(0);
  b!.visitors(5);
  await house.pass(50);
  assert.equal((await house.pass(5_000, b!.goLive())).visitorsWaiting, 45 - before);
  assert.deepEqual(house.visitors.map(({ told }) => told.length), Array(45).fill(1));
  assertFair(house);
});

Deno.test("going live and not live again and again does not exceed the rate", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  a!.visitors(30);
  b!.visitors(30);
  await house.pass(50);
  for (let i = 0; i < 15; i++) {
    await house.pass(5, a!.goLive());
    await house.pass(5, b!.endLive());
  }
  await house.pass(3_000, a!.goLive());
  assert.equal(house.told.length, 60);
  assertPace(house.times, INTERVAL_MS);
});

Deno.test("F15: a second go-live is harmless, during the release and after it", async () => {
  await using house = await House.open({ nodes: 3, latency: 2 });
  for (const node of house.nodes) node.visitors(20);
  await house.pass(50);
  assert.equal((await house.pass(500, house.nodes[0]!.goLive())).visitorsWaiting, 60);
  const { visitorsWaiting } = await house.pass(10, house.nodes[1]!.goLive());
  assert.equal(visitorsWaiting, 60 - house.told.length + 1);
  await house.pass(5_000);
  assert.equal((await house.pass(10, house.nodes[2]!.goLive())).visitorsWaiting, 0);
  await house.pass(5_000);
  assert.deepEqual(house.visitors.map(({ told }) => told.length), Array(60).fill(1));
  assertEven(house.times, INTERVAL_MS);
});

Deno.test("F15: a duplicate at the same moment on another isolate changes nothing", async () => {
  const times: number[][] = [];
  for (const duplicate of [false, true]) {
    await using house = await House.open({ nodes: 3, latency: 2 });
    for (const node of house.nodes) node.visitors(10);
    await house.pass(50);
    const from = house.clock.now();
    const both = [house.nodes[0]!.goLive(), ...duplicate ? [house.nodes[1]!.goLive()] : []];
    for (const { visitorsWaiting } of await house.pass(3_000, Promise.all(both))) {
      assert.equal(visitorsWaiting, 30);
    }
    assert.deepEqual(house.visitors.map(({ told }) => told.length), Array(30).fill(1));
    times.push(house.times.map((time) => Math.round((time - from) / INTERVAL_MS)));
  }
  assert.deepEqual(times[1], times[0]);
});

Deno.test("a go-live that nobody waits for is remembered for who comes", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  assert.equal((await house.pass(10, house.nodes[0]!.goLive())).visitorsWaiting, 0);
  await house.pass(600_000);
  const visitor = house.nodes[1]!.visitor();
  await house.pass(10);
  assert.equal(visitor.told.length, 1);
  assert.equal((await house.pass(10, house.nodes[0]!.goLive())).visitorsWaiting, 0);
});

Deno.test("F28: a subscriber that throws concerns nobody else", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  const throwing = { notify: () => assert.fail("a subscriber's own fault") };
  const name = nameOf("townhall@conference.meet.example");
  const moderator = a!.moderator();
  a!.queue.watch(name, throwing);
  for (let i = 0; i < 5; i++) {
    a!.queue.wait(name, throwing);
    a!.visitor();
    b!.visitor();
  }
  await house.pass(20_000);
  assert.equal(moderator.count, 15);
  assert.equal((await house.pass(5_000, a!.goLive())).visitorsWaiting, 15);
  assert.equal(house.told.length, 10);
  await house.pass(20_000);
  assert.equal(moderator.count, 0, "whose subscriber threw has been told");
});

/** A conference that went live with nobody waiting, a while ago. */
async function liveHouse(options: HouseOptions): Promise<House> {
  const house = await House.open(options);
  await house.pass(100, house.nodes[0]!.goLive());
  await house.pass(60_000);
  return house;
}

Deno.test("who comes when the release is over is told at once", async () => {
  for (const nodes of [1, 4]) {
    await using house = await liveHouse({ nodes, latency: 1 });
    for (const node of house.nodes) {
      const visitor = node.visitor();
      await house.pass(40);
      assert.equal(visitor.told.length, 1);
      assert.ok(visitor.told[0]! - visitor.cameAt <= 40);
    }
  }
});

Deno.test("a crowd that comes when it is over is told at the rate of the whole conference", async () => {
  for (const nodes of [1, 2, 4, 16]) {
    await using house = await liveHouse({ nodes, latency: 1 });
    for (const node of house.nodes) node.visitors(160 / nodes);
    await house.pass(5_000);
    assert.equal(house.told.length, 160, `${nodes} isolates`);
    assertPace(house.times, INTERVAL_MS);
    assert.ok(house.times.at(-1)! - house.times[0]! < 160 * INTERVAL_MS + 100);
  }
});

Deno.test("a stream that comes when it is over never exceeds the rate, and uses it", async () => {
  for (const nodes of [1, 3, 8]) {
    await using house = await liveHouse({ nodes, latency: 1 });
    for (let i = 0; i < 300; i++) {
      house.nodes[i % nodes]!.visitor();
      await house.pass(10);
    }
    assertPace(house.times, INTERVAL_MS);
    assert.ok(house.told.length > 140, `${house.told.length} of 150 moments used`);
    await house.pass(5_000);
    assert.equal(house.told.length, 300);
    assertFair(house);
  }
});

Deno.test("a thin stream is told as it comes", async () => {
  await using house = await liveHouse({ nodes: 4, latency: 1 });
  for (let i = 0; i < 50; i++) {
    house.nodes[(i * 7) % 4]!.visitor();
    await house.pass(100);
  }
  for (const { cameAt, told } of house.visitors) assert.ok(told[0]! - cameAt <= 40);
});

Deno.test("who comes during a release is told after its end, in order, over all isolates", async () => {
  await using house = await House.open({ nodes: 3, latency: 1 });
  const [a, b, c] = house.nodes;
  a!.visitors(60);
  b!.visitors(60);
  await house.pass(50);
  await house.pass(100, a!.goLive());
  for (let i = 0; i < 30; i++) {
    // The third isolate has heard nothing of the release so far.
    [c, a, b][i % 3]!.visitor();
    await house.pass(50);
  }
  await house.pass(5_000);
  assert.equal(house.told.length, 150);
  const late = house.told.slice(120);
  assert.ok(late.every(({ index }) => index >= 120), "none of them before the end");
  assertFair(house);
  assertEven(house.times, INTERVAL_MS);
});

Deno.test("what a release costs in messages does not grow with those who come late", async () => {
  await using house = await House.open({ nodes: 4, latency: 1 });
  for (const node of house.nodes) node.visitors(50);
  await house.pass(50);
  let sent = 0;
  house.network.drop = () => void sent++ as unknown as boolean;
  await house.pass(10, house.nodes[0]!.goLive());
  for (let i = 0; i < 280; i++) {
    house.nodes[i % 4]!.visitor();
    await house.pass(10);
  }
  assert.equal(sent, 9 + 6, "three asked, three answers, three plans; and once after two seconds");
  await house.pass(10_000);
  assert.equal(house.told.length, 480);
  assert.ok(sent < 150, `${sent} messages`);
});
