import assert from "node:assert/strict";
import { House, ROOM } from "./house.ts";
import { assertEven, assertPace } from "./pace.ts";

const INTERVAL_MS = 20;

/** `early` visitors on the first isolate, and three seconds later `late` ones on each of the others. */
async function crowd(nodes: number, early: number, late: number): Promise<House> {
  const house = await House.open({ nodes, latency: 1 });
  const [first, ...others] = house.nodes;
  first!.visitors(early);
  await house.pass(3_000);
  for (const node of others) node.visitors(late);
  await house.pass(1_000);
  return house;
}

Deno.test("F13: when whoever went live dies before its plan, the others make one", async () => {
  await using house = await crowd(3, 50, 50);
  const c = house.nodes[2];
  house.network.drop = (_, to) => to === c!.id;
  void c!.goLive().catch(() => {});
  await house.pass(2);
  await c!.kill();
  house.network.drop = () => false;
  const from = house.clock.now();
  await house.pass(10_000);
  const theirs = house.visitors.filter(({ node }) => node !== c);
  assert.ok(theirs.every(({ told }) => told.length === 1));
  assert.ok(house.times[0]! - from < 2_600, "within two seconds and a half");
  assertEven(house.times, INTERVAL_MS);
});

Deno.test("F18: an isolate whose plan is lost is told a little later, within the rate", async () => {
  await using house = await crowd(3, 50, 50);
  const [a, , c] = house.nodes;
  let lost = 0;
  house.network.drop = (from, to) => from === a!.id && to === c!.id && ++lost === 2;
  await house.pass(10_000, a!.goLive());
  assert.equal(lost > 1, true);
  assert.deepEqual(house.visitors.map(({ told }) => told.length), Array(150).fill(1));
  assertPace(house.times, INTERVAL_MS);
});

Deno.test("F26: an isolate that stalls while it is asked gets its turn by age all the same", async () => {
  await using house = await crowd(2, 100, 100);
  const [a, b] = house.nodes;
  const { clock, network } = house;
  // Where the early ones are nothing is read for longer than a plan waits for it.
  const wakesAt = clock.now() + 700;
  network.delay = (_, to) => to === a!.id ? Math.max(1, wakesAt - clock.now()) : 1;
  await house.pass(10_000, b!.goLive());
  assert.deepEqual(house.visitors.map(({ told }) => told.length), Array(200).fill(1));
  assertPace(house.times, INTERVAL_MS);
  const before = house.told.findIndex(({ node }) => node === a);
  assert.ok(before < 50, `${before} of the late ones were told first`);
  const rest = house.told.slice(before).map(({ node }) => node === a);
  assert.ok(rest.slice(0, 100).every((early) => early), "then all the early ones, then the rest");
});

Deno.test("F18: an isolate that missed the go-live gets its turn by age once it finds out", async () => {
  await using house = await crowd(2, 200, 1_000);
  const [a, b] = house.nodes;
  house.network.drop = (_, to) => to === a!.id;
  await house.pass(1_000, b!.goLive());
  house.network.drop = () => false;
  await house.pass(15_000);
  const first = house.told.findIndex(({ node }) => node === a);
  assert.ok(first > 0 && first < 800, `after ${first} others`);
  assert.ok(house.told.slice(first, first + 200).every(({ node }) => node === a));
  await house.pass(15_000);
  assert.equal(house.told.length, 1_200);
  assertPace(house.times, INTERVAL_MS);
});

Deno.test("F18: where the bus is away for the isolate that goes live alone, the others hear of it soon after", async () => {
  await using house = await crowd(3, 10, 10);
  const c = house.nodes[2]!;
  house.network.cut(c.id);
  await house.pass(2_000, c.goLive());
  assert.ok(house.visitors.every(({ node, told }) => told.length === (node === c ? 1 : 0)));
  house.network.restore(c.id);
  await house.pass(2_000);
  assert.ok(house.visitors.every(({ told }) => told.length === 1));
  assertPace(house.times, INTERVAL_MS);
});

Deno.test("F18: unless it is live no more by then", async () => {
  await using house = await crowd(2, 10, 10);
  const [a, b] = house.nodes;
  house.network.cut(b!.id);
  await house.pass(1_000, b!.goLive());
  await house.pass(100, a!.endLive());
  house.network.restore(b!.id);
  await house.pass(20_000);
  assert.ok(house.visitors.every(({ node, told }) => told.length === (node === b ? 1 : 0)));
});

Deno.test("F18: a visitor that comes late elsewhere makes an isolate look that missed the go-live", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  const missed = a!.visitor();
  await house.pass(100);
  house.network.drop = (_, to) => to === a!.id;
  await house.pass(1_000, b!.goLive());
  house.network.drop = () => false;
  b!.visitor();
  await house.pass(100);
  assert.equal(missed.told.length, 1);
});

Deno.test("a go-live right after an end counts, whichever is heard first", async () => {
  await using house = await House.open({ nodes: 3, latency: 1 });
  const [a, b, c] = house.nodes;
  const visitor = c!.visitor();
  await house.pass(100);
  // The word of the end is overtaken by that of the go-live.
  house.network.delay = (from) => from === a!.id ? 100 : 1;
  const ended = a!.endLive();
  await house.pass(10);
  await house.pass(10, b!.goLive());
  c!.visitor();
  await house.pass(150, ended);
  const late = c!.visitor();
  await house.pass(600);
  assert.deepEqual([visitor.told.length, late.told.length], [1, 1]);
});

Deno.test("an isolate that never answers delays a late visitor by half a second, not for ever", async () => {
  await using house = await House.open({ nodes: 3, latency: 1 });
  const [a, b, silent] = house.nodes;
  silent!.visitor();
  await house.pass(100);
  await house.pass(1_000, a!.goLive());
  house.network.drop = (from) => from === silent!.id;
  const visitor = b!.visitor();
  await house.pass(600);
  assert.equal(visitor.told.length, 1);
});

Deno.test("without a bus each isolate releases its own visitors", async () => {
  await using house = await crowd(2, 20, 20);
  const [a, b] = house.nodes;
  house.network.cut(a!.id);
  await house.pass(2_000, a!.goLive());
  assert.equal(house.told.length, 20);
  assert.ok(house.told.every(({ node }) => node === a));
  const late = a!.visitor();
  await house.pass(100);
  assert.equal(late.told.length, 1);
  house.network.restore(a!.id);
  await house.pass(20_000);
  assert.ok(house.visitors.every(({ told, node }) => told.length === 1 && (node === a || b)));
});

Deno.test("F20: two parts of a divided service release their own; when they meet nobody is told twice", async () => {
  await using house = await crowd(4, 30, 30);
  const [a, b, c, d] = house.nodes.map(({ id }) => id) as [string, string, string, string];
  house.network.partition([a, b], [c, d]);
  await house.pass(600, house.nodes[0]!.goLive());
  house.network.heal();
  await house.pass(30_000);
  assert.deepEqual(house.visitors.map(({ told }) => told.length), Array(120).fill(1));
});

Deno.test("a release that lasts longer than the live state tells everybody who came in time", async () => {
  await using house = await House.open({ nodes: 3, latency: 1, liveTtlMs: 5_000 });
  for (const node of house.nodes) node.visitors(200);
  await house.pass(50);
  const from = house.clock.now();
  await house.pass(4_000, house.nodes[0]!.goLive());
  for (const node of house.nodes) node.visitors(10);
  await house.pass(2_000);
  const tooLate = house.nodes.flatMap((node) => node.visitors(3));
  await house.pass(60_000);
  assert.equal(house.told.length, 630);
  assert.ok(tooLate.every(({ told }) => told.length === 0), "live is over");
  assertPace(house.times, INTERVAL_MS);
  assert.ok(house.times.at(-1)! - from < 630 * INTERVAL_MS + 500);
  await house.pass(1_000, house.nodes[1]!.goLive());
  assert.ok(tooLate.every(({ told }) => told.length === 1));
});

Deno.test("the end of a live state that was taken back unheard ends the release", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  a!.visitors(1_000);
  await house.pass(50);
  await house.pass(1_000, a!.goLive());
  house.network.drop = () => true;
  await house.pass(1_000, b!.endLive());
  house.network.drop = () => false;
  await house.pass(15_000);
  const told = house.told.length;
  await house.pass(60_000);
  assert.equal(house.told.length, told);
  assert.ok(told < 900, `${told} told`);
});

Deno.test("an isolate that has missed an end hears of it from the first that it asks, and tells nobody", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  const waits = a!.visitor();
  await house.pass(50);
  await house.pass(50, a!.goLive());
  b!.visitor();
  await house.pass(50);
  // Only the first isolate hears of the end.
  house.network.drop = (_, to) => to === b!.id;
  await house.pass(1_000, a!.endLive());
  house.network.drop = () => false;
  const early = a!.visitors(3);
  const believing = b!.visitor();
  await house.pass(100);
  assert.equal(believing.told.length, 0);
  assert.ok(early.every(({ told }) => told.length === 0));
  assert.equal(waits.told.length, 1);
});

Deno.test("a storm of late visitors on many isolates costs few plans", async () => {
  await using house = await House.open({ nodes: 20, latency: 1 });
  for (const node of house.nodes) node.moderator();
  await house.pass(1_000, house.nodes[0]!.goLive());
  let sent = 0;
  house.network.drop = () => {
    sent++;
    return false;
  };
  for (let i = 0; i < 1_000; i++) {
    house.nodes[i % 20]!.visitor();
    await house.pass(1);
  }
  // A plan is 19 questions, 19 answers and 19 copies.
  assert.ok(sent < 60 * 57, `${sent / 57} plans in the first second`);
  sent = 0;
  await house.pass(10_000);
  assert.ok(sent < 20 * 57, `${sent / 57} plans in the ten seconds after it`);
  await house.pass(20_000);
  assert.equal(house.told.length, 1_000);
  assertPace(house.times, INTERVAL_MS);
});

Deno.test("F23: an isolate that goes away in order during a release leaves the others theirs", async () => {
  await using house = await crowd(3, 50, 50);
  const [a, b, c] = house.nodes;
  await house.pass(200, c!.goLive());
  for (const visitor of house.visitors) if (visitor.node === c) visitor.leave();
  await c!.queue[Symbol.asyncDispose]();
  await house.pass(10_000);
  const theirs = house.visitors.filter(({ node }) => node === a || node === b);
  assert.ok(theirs.every(({ told }) => told.length === 1));
  assertPace(house.times, INTERVAL_MS);
  assert.equal((await house.pass(10, a!.queue.goLive(ROOM))).visitorsWaiting, 0);
});
