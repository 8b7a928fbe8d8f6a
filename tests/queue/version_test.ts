/** What the version of the live state does between isolates. A ghost says what the test wants said. */

import assert from "node:assert/strict";
import { Conference } from "../../src/queue/conference.ts";
import { Counts } from "../../src/queue/counts.ts";
import { Directory } from "../../src/queue/directory.ts";
import { Keeper } from "../../src/queue/keeper.ts";
import { LiveState } from "../../src/queue/live_state.ts";
import { CONFERENCES, type Message, type Report } from "../../src/queue/messages.ts";
import { Planner } from "../../src/queue/planner.ts";
import { Retelling } from "../../src/queue/retelling.ts";
import { SimClock } from "../sim/sim_clock.ts";
import { type MemoryBus, MemoryNetwork } from "../support/memory_bus.ts";
import { House, ROOM } from "./house.ts";
import { ended, live } from "./knowledge.ts";
import { MemoryStore } from "./memory_store.ts";
import { silentObserver } from "./silent_observer.ts";

const TOPIC = CONFERENCES.of(ROOM.key);
const ANSWER_MS = 100;
const TTL_MS = 60_000;

/** A house of one isolate, and another that only the test speaks for. */
async function haunted(): Promise<{ house: House; ghost: MemoryBus }> {
  const house = await House.open({ latency: 1 });
  return { house, ghost: house.network.join("ghost") };
}

/** What the isolate answers to `message`. */
async function asked(house: House, ghost: MemoryBus, message: Message): Promise<Report> {
  const { answers } = await house.pass(10, TOPIC.ask(ghost, message, ANSWER_MS));
  return answers.get(house.nodes[0]!.id)!;
}

Deno.test("a word of a go-live that an end has overtaken is not believed; the store is looked into", async () => {
  const { house, ghost } = await haunted();
  await using _house = house;
  const visitor = house.nodes[0]!.visitor();
  await house.pass(100);
  await asked(house, ghost, { type: "end", version: 2 });
  house.store.calls.get = 0;
  const live = { type: "live", since: 1, ttlMs: TTL_MS, version: 1 } as const;
  const report = await asked(house, ghost, live);
  assert.deepEqual([report.visitors, report.ages, report.version], [1, undefined, 2]);
  assert.equal(house.store.calls.get, 1);
  await house.pass(10_000);
  assert.deepEqual(visitor.told, []);
});

Deno.test("where the store says that it is live all the same, it is", async () => {
  const { house, ghost } = await haunted();
  await using _house = house;
  const [node] = house.nodes;
  const visitor = node!.visitor();
  await house.pass(100);
  await asked(house, ghost, { type: "end", version: 9 });
  await house.pass(10, new LiveState({ ...house, ttlMs: TTL_MS, holdMs: 0 }).mark(ROOM.key));
  // The store has lost its record meanwhile, and counts from 1 again.
  await asked(house, ghost, { type: "live", since: 1, ttlMs: TTL_MS, version: 1 });
  await house.pass(100);
  assert.equal(visitor.told.length, 1);
});

Deno.test("an end that a go-live has overtaken ends nothing", async () => {
  const { house, ghost } = await haunted();
  await using _house = house;
  const [node] = house.nodes;
  const visitors = node!.visitors(20);
  await house.pass(100);
  await house.pass(10, new LiveState({ ...house, ttlMs: TTL_MS, holdMs: 0 }).mark(ROOM.key));
  await asked(house, ghost, { type: "live", since: 1, ttlMs: TTL_MS, version: 3 });
  await house.pass(2_100);
  await asked(house, ghost, { type: "end", version: 2 });
  await house.pass(1_000);
  assert.ok(visitors.every(({ told }) => told.length === 1));
});

Deno.test("of two go-lives that cross the older one is answered with a report as well", async () => {
  const { house, ghost } = await haunted();
  await using _house = house;
  house.nodes[0]!.visitor();
  await house.pass(100);
  const live = { type: "live", since: 1, ttlMs: TTL_MS } as const;
  const [newer, older] = [
    await asked(house, ghost, { ...live, version: 2 }),
    await asked(house, ghost, { ...live, version: 1 }),
  ];
  assert.deepEqual([newer.ages, newer.version], [[[0, 1]], 2]);
  assert.deepEqual([older.ages, older.version], [[[0, 1]], 2]);
});

Deno.test("a line of somebody who believes another version makes an isolate look into the store", async () => {
  const { house, ghost } = await haunted();
  await using _house = house;
  const [node] = house.nodes;
  node!.visitor();
  await house.pass(100);
  await asked(house, ghost, { type: "live", since: 1, ttlMs: TTL_MS, version: 1 });
  house.store.calls.get = 0;
  await asked(house, ghost, { type: "line", oldestMs: 0, version: 1 });
  await asked(house, ghost, { type: "line", oldestMs: 0 });
  assert.equal(house.store.calls.get, 0);
  await asked(house, ghost, { type: "line", oldestMs: 0, version: 2 });
  assert.equal(house.store.calls.get, 1);
  // Which knows of an end by now, so nobody is reported any more.
  await house.pass(10, new LiveState({ ...house, ttlMs: TTL_MS, holdMs: 0 }).clear(ROOM.key));
  await asked(house, ghost, { type: "line", oldestMs: 0, version: 2 });
  const report = await asked(house, ghost, { type: "line", oldestMs: 0, version: 2 });
  assert.equal(report.ages, undefined);
});

Deno.test("an isolate that has missed an end finds out from those whom it asks, and tells nobody", async () => {
  for (const version of [2, 1]) {
    const { house, ghost } = await haunted();
    await using _house = house;
    const visitor = house.nodes[0]!.visitor();
    await house.pass(100);
    const { ready } = TOPIC.subscribe(ghost, () => ({ visitors: 0, moderators: 0, version }));
    await house.pass(10, ready);
    await asked(house, ghost, { type: "live", since: 1, ttlMs: TTL_MS, version: 1 });
    // The ghost makes no plan, so the isolate asks for reports.
    await house.pass(5_000);
    assert.equal(visitor.told.length, version === 2 ? 0 : 1);
  }
});

Deno.test("a go-live that an end has overtaken before it was told is answered with the count, and told to nobody", async () => {
  const clock = new SimClock();
  const store = new MemoryStore(clock);
  const network = new MemoryNetwork({ clock });
  const bus = network.join("here");
  const liveState = new LiveState({ store, clock, ttlMs: TTL_MS, holdMs: TTL_MS });
  using directory: Directory = new Directory({
    bus,
    clock,
    liveState,
    keeper: new Keeper({ clock, liveState, restored() {}, random: () => 0 }),
    create: (key) => new Conference(key, silentObserver, { intervalMs: 20, randomDelayMs: 0 }),
    handle: () => {},
    joined() {},
  });
  const counts = new Counts({ bus, clock, local: (key) => directory.get(key) });
  using retelling = new Retelling(bus, clock);
  const random = () => 0;
  using planner = new Planner({
    ...{ bus, clock, directory, counts, retelling },
    ...{ intervalMs: 20, random },
  });
  const conference = directory.open(ROOM.key);
  const place = conference.arrive({ notify() {} }, clock.now());
  const other = network.join("there");
  const heard: string[] = [];
  await TOPIC.subscribe(other, ({ type }) => {
    heard.push(type);
    return { visitors: 4, moderators: 0 };
  }).ready;
  await clock.advance(100);
  conference.hear(ended(2), clock.now());
  const gone = planner.goLive(ROOM.key, live(clock.now() + TTL_MS, 1));
  await clock.advance(5_000);
  conference.run(clock.now(), 10);
  assert.deepEqual(await gone, { visitors: 5, newest: 2 });
  assert.deepEqual(heard, ["count"]);
  assert.equal(place.state, "waiting");
});
