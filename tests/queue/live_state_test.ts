import assert from "node:assert/strict";
import { LiveState } from "../../src/queue/live_state.ts";
import { QueueUnavailableError } from "../../src/queue/view.ts";
import { SimClock } from "../sim/sim_clock.ts";
import { House } from "./house.ts";
import { MemoryStore } from "./memory_store.ts";

const TTL_MS = 3_600_000;
const HOUR_MS = 3_600_000;

function setup(holdMs = 60_000): { clock: SimClock; store: MemoryStore; live: LiveState } {
  const clock = new SimClock();
  const store = new MemoryStore(clock);
  return { clock, store, live: new LiveState({ store, clock, ttlMs: TTL_MS, holdMs }) };
}

/** When a promise settled, and how. */
function watch(clock: SimClock, promise: Promise<unknown>): { at?: number; error?: unknown } {
  const settled: { at?: number; error?: unknown } = {};
  promise.then(() => settled.at = clock.now(), (error) => {
    settled.at = clock.now();
    settled.error = error;
  });
  return settled;
}

Deno.test("what is marked is read until its time is over, and when it began stays", async () => {
  const { clock, live } = setup();
  const began = clock.wall();
  const { now: marked, before } = await live.mark("room");
  assert.equal(before, undefined);
  const { version } = marked;
  const until = clock.now() + TTL_MS;
  assert.deepEqual(marked, {
    ...{ version, state: "live", since: began, until },
    ...{ sure: true, by: undefined },
  });
  await clock.advance(TTL_MS - 1);
  assert.equal((await live.read(["room"]))[0]?.since, began);
  await live.mark("room");
  await clock.advance(TTL_MS - 1);
  assert.equal(
    (await live.read(["other", "room"]))[1]?.since,
    began,
    "marked again, live for longer",
  );
  await clock.advance(1);
  assert.deepEqual(await live.read(["room"]), [undefined]);
});

Deno.test("what is cleared is gone, and clearing is idempotent", async () => {
  const { live } = setup();
  await live.mark("room");
  await live.clear("room");
  const [first] = await live.read(["room"]);
  await live.clear("room");
  const [second] = await live.read(["room"]);
  assert.deepEqual([first!.state, second!.state], ["ended", "ended"]);
  assert.ok(second!.version > first!.version);
});

Deno.test("an end stands in the store for longer than any live state from before it", async () => {
  const { clock, store, live } = setup();
  await live.mark("room");
  await live.clear("room");
  await clock.advance(TTL_MS + 59_999);
  assert.equal((await live.read(["room"]))[0]?.state, "ended");
  await clock.advance(1);
  assert.deepEqual(await store.keys("", 10), []);
});

Deno.test("each change has a newer version, whatever the clocks say and whatever the store has lost", async () => {
  const { clock, store, live } = setup();
  const versions: number[] = [];
  const mark = async () => void versions.push((await live.mark("room")).now.version);
  await mark();
  clock.jumpWall(-HOUR_MS);
  await mark();
  await mark();
  clock.jumpWall(HOUR_MS);
  await clock.advance(10);
  await store.delete("live/room");
  await mark();
  const behind = versions.at(-1)!;
  await store.delete("live/room");
  clock.jumpWall(-HOUR_MS);
  versions.push((await live.mark("room", { after: behind })).now.version);
  assert.deepEqual(versions, versions.toSorted((a, b) => a - b));
  assert.equal(new Set(versions).size, 5);
});

Deno.test("of a go-live and an end at once each knows of the other", async () => {
  const { clock, store, live } = setup();
  store.delay = () => 10;
  const [marked, cleared] = [live.mark("room"), live.clear("room")];
  await clock.advance(200);
  const [a, b] = [(await marked).now, (await cleared)!.now];
  const [there] = await Promise.all([live.read(["room"]), clock.advance(50)]);
  assert.equal(there[0]!.version, Math.max(a.version, b.version));
  assert.notEqual(a.version, b.version);
});

Deno.test("an end of a version that is not there any more ends nothing", async () => {
  const { live } = setup();
  const { now: first } = await live.mark("room");
  const { now: second } = await live.mark("room");
  assert.equal(await live.clear("room", { ifVersion: first.version }), undefined);
  assert.equal((await live.read(["room"]))[0]!.state, "live");
  assert.ok(await live.clear("room", { ifVersion: second.version }));
  assert.equal((await live.read(["room"]))[0]!.state, "ended");
});

Deno.test("what was lost is written again for the time that it has left, unless there is something newer", async () => {
  const { clock, store, live } = setup();
  const { now: lost } = await live.mark("room");
  await store.delete("live/room");
  await clock.advance(TTL_MS - 1_000);
  assert.equal(await live.restore("room", lost), lost);
  assert.equal((await live.read(["room"]))[0]!.version, lost.version);
  await clock.advance(1_000);
  assert.deepEqual(await live.read(["room"]), [undefined]);
  const { now: newer } = await live.mark("room");
  assert.equal((await live.restore("room", lost))!.version, newer.version);
});

Deno.test("what a service without versions stored is a live state; an end is none to it", async () => {
  const { clock, store, live } = setup();
  const record = { since: 5, expires: clock.wall() + 1_000 };
  await store.set("live/room", JSON.stringify(record), { ttlMs: 1_000 });
  const [known] = await live.read(["room"]);
  assert.deepEqual([known!.version, known!.state, known!.since], [0, "live", 5]);
  await live.clear("room");
  const [entry] = await store.get(["live/room"]);
  assert.equal(JSON.parse(entry!.value).since, undefined);
});

Deno.test("what somebody else left in the store is not a live state", async () => {
  const { store, live } = setup();
  await store.set("live/room", "not json", { ttlMs: 1_000 });
  await store.set("live/other", '{"since":"yesterday"}', { ttlMs: 1_000 });
  await store.set("elsewhere/room", "{}", { ttlMs: 1_000 });
  assert.deepEqual(await live.read(["room", "other"]), [undefined, undefined]);
  assert.deepEqual(await live.keys(10), ["room", "other"]);
});

Deno.test("F18: a change is held while the store is away, and done once it is back", async () => {
  const { clock, store, live } = setup();
  store.down = true;
  const settled = watch(clock, live.mark("room"));
  await clock.advance(30_000);
  assert.equal(settled.at, undefined);
  assert.ok(store.calls.get > 10 && store.calls.get < 40, `${store.calls.get} attempts`);
  store.down = false;
  await clock.advance(2_000);
  assert.ok(settled.at && !settled.error);
  assert.notEqual((await live.read(["room"]))[0], undefined);
});

Deno.test("F18: it is given up when the time is over, and never later", async () => {
  for (const act of ["mark", "clear", "readHeld"] as const) {
    const { clock, store, live } = setup();
    store.down = true;
    const from = clock.now();
    const settled = watch(clock, live[act]("room"));
    await clock.advance(120_000);
    assert.ok(settled.error instanceof QueueUnavailableError, act);
    assert.ok(settled.error.cause, "says why");
    const after = settled.at! - from;
    assert.ok(after > 55_000 && after <= 60_000, `${act} after ${after} ms`);
  }
});

Deno.test("a read of many keys goes in parts, in the order of the keys", async () => {
  const { store, live } = setup();
  const keys = Array.from({ length: 1_234 }, (_, i) => `room-${i}`);
  await live.mark("room-1233");
  store.calls.get = 0;
  const lives = await live.readAllHeld(keys);
  assert.equal(store.calls.get, 3);
  assert.deepEqual(lives.map((one) => one !== undefined).indexOf(true), 1_233);
});

Deno.test("disposing it ends what waits for the store, and leaves no timer", async () => {
  const { clock, store, live } = setup();
  store.down = true;
  const settled = [watch(clock, live.mark("a")), watch(clock, live.readHeld("b"))];
  await clock.advance(100);
  live[Symbol.dispose]();
  await clock.advance(0);
  assert.ok(settled.every(({ error }) => error instanceof QueueUnavailableError));
  assert.equal(clock.timers, 0);
});

Deno.test("F22: a jump of the wall clock neither ends nor prolongs what is believed for long", async () => {
  for (const jump of [2 * HOUR_MS, -2 * HOUR_MS]) {
    const { clock, live } = setup();
    await live.mark("room");
    await clock.advance(HOUR_MS / 2);
    clock.jumpWall(jump);
    const [found] = await live.read(["room"]);
    assert.ok(found, "the store decides");
    assert.ok(found.until > clock.now() && found.until <= clock.now() + TTL_MS);
  }
});

Deno.test("F18: a go-live while the store is away is held, then stored, answered and told", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  const visitor = b!.visitor();
  await house.pass(100);
  house.store.down = true;
  const going = watch(house.clock, a!.goLive());
  await house.pass(20_000);
  assert.deepEqual([going.at, visitor.told.length], [undefined, 0]);
  house.store.down = false;
  await house.pass(2_100);
  assert.ok(going.at && !going.error);
  assert.equal(visitor.told.length, 1);
});

Deno.test("F18: a go-live that is not stored tells nobody", async () => {
  await using house = await House.open();
  const [node] = house.nodes;
  node!.visitor();
  await house.pass(100);
  house.store.down = true;
  const going = watch(house.clock, node!.goLive());
  await house.pass(61_000);
  assert.ok(going.error instanceof QueueUnavailableError);
  house.store.down = false;
  await house.pass(60_000);
  assert.equal(house.told.length, 0);
});

Deno.test("F18: who subscribes while the store is away is told once it is back", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  await house.pass(100, a!.goLive());
  house.store.down = true;
  const visitors = b!.visitors(20);
  await house.pass(90_000);
  assert.equal(house.told.length, 0);
  house.store.down = false;
  await house.pass(16_000);
  assert.ok(visitors.every(({ told }) => told.length === 1));
});

Deno.test("F17: live lasts its time since the last go-live, to the edge, on every isolate", async () => {
  const liveTtlMs = 60_000;
  await using house = await House.open({ nodes: 2, liveTtlMs, releaseRate: 0 });
  const [a, b] = house.nodes;
  a!.moderator();
  await house.pass(0, a!.goLive());
  await house.pass(30_000, a!.goLive());
  await house.pass(liveTtlMs - 30_000 - 1);
  const inTime = house.nodes.map((node) => node.visitor());
  await house.pass(0);
  assert.deepEqual(inTime.map(({ told }) => told.length), [1, 1]);
  await house.pass(1);
  const late = house.nodes.map((node) => node.visitor());
  await house.pass(600_000);
  assert.deepEqual(late.map(({ told }) => told.length), [0, 0]);
  assert.equal((await house.pass(0, b!.queue.describe(late[0]!.name))).status, "waiting");
  await house.pass(0, b!.goLive());
  assert.deepEqual(late.map(({ told }) => told.length), [1, 1]);
});

Deno.test("F22: jumps of the wall clock change nothing for those who wait and those who come", async () => {
  for (const jump of [2 * HOUR_MS, -2 * HOUR_MS]) {
    await using house = await House.open({ nodes: 2, latency: 1, liveTtlMs: 600_000 });
    const [a, b] = house.nodes;
    a!.visitors(50);
    await house.pass(2_000);
    house.clock.jumpWall(jump);
    b!.visitors(50);
    await house.pass(1_000);
    await house.pass(500, b!.goLive());
    house.clock.jumpWall(-2 * jump);
    await house.pass(2_000);
    assert.deepEqual(
      house.told.map(({ index }) => index),
      house.visitors.map(({ index }) => index),
    );
    const inTime = house.nodes.map((node) => node.visitor());
    await house.pass(20_000);
    assert.ok(inTime.every(({ told }) => told.length === 1));
    await house.pass(600_000);
    const late = house.nodes.map((node) => node.visitor());
    await house.pass(60_000);
    assert.ok(late.every(({ told }) => told.length === 0), `live is over, jump ${jump}`);
  }
});
