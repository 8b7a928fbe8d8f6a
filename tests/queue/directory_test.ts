import assert from "node:assert/strict";
import { Conference } from "../../src/queue/conference.ts";
import { Directory } from "../../src/queue/directory.ts";
import { Keeper } from "../../src/queue/keeper.ts";
import { LiveState } from "../../src/queue/live_state.ts";
import { CONFERENCES } from "../../src/queue/messages.ts";
import { SimClock } from "../sim/sim_clock.ts";
import { MemoryNetwork } from "../support/memory_bus.ts";
import { House, nameOf } from "./house.ts";
import { MemoryStore } from "./memory_store.ts";
import { live as known } from "./knowledge.ts";
import { silentObserver } from "./silent_observer.ts";

function setup(): {
  clock: SimClock;
  store: MemoryStore;
  network: MemoryNetwork;
  live: LiveState;
  directory: Directory;
  joined: string[];
} {
  const clock = new SimClock();
  const store = new MemoryStore(clock);
  const network = new MemoryNetwork({ clock });
  const live = new LiveState({ store, clock, ttlMs: 60_000, holdMs: 60_000 });
  const joined: string[] = [];
  const directory = new Directory({
    bus: network.join("here"),
    clock,
    liveState: live,
    keeper: new Keeper({ clock, liveState: live, restored() {}, random: () => 0 }),
    create: (key) => new Conference(key, silentObserver, { intervalMs: 20, randomDelayMs: 0 }),
    handle: () => ({ visitors: 7, moderators: 0 }),
    joined: ({ key }) => void joined.push(key),
  });
  return { clock, store, network, live, directory, joined };
}

Deno.test("a conference is joined first and read second, once", async () => {
  const { clock, store, network, directory, joined } = setup();
  network.delay = () => 100;
  const conference = directory.open("room");
  assert.equal(directory.open("room"), conference);
  assert.equal(directory.get("room"), conference);
  await clock.advance(99);
  assert.deepEqual([joined, store.calls.get], [[], 0]);
  await clock.advance(1);
  assert.deepEqual([joined, store.calls.get], [["room"], 1]);
});

Deno.test("a conference that is live already is found so", async () => {
  const { clock, live, directory } = setup();
  await live.mark("room");
  const conference = directory.open("room");
  await clock.advance(0);
  assert.ok(conference.live(clock.now()));
});

Deno.test("all who ask during a read get one more read, however many they are", async () => {
  const { clock, store, directory } = setup();
  const conference = directory.open("room");
  await clock.advance(0);
  store.calls.get = 0;
  store.delay = () => 50;
  let done = 0;
  for (let i = 0; i < 1_000; i++) void directory.refresh(conference).then(() => done++);
  await clock.advance(100);
  assert.equal(done, 1, "the first has its answer");
  await clock.advance(100);
  assert.deepEqual([done, store.calls.get], [1_000, 2]);
  void directory.refresh(conference).then(() => done++);
  await clock.advance(100);
  assert.deepEqual([done, store.calls.get], [1_001, 3]);
});

Deno.test("a crowd that comes to a stale conference while the store is away costs few reads", async () => {
  const { clock, store, live, directory } = setup();
  await clock.advance(1_000);
  await live.mark("room");
  const conference = directory.open("room");
  conference.watch({ notify() {} });
  await clock.advance(60_000);
  assert.ok(conference.stale(clock.now()));
  store.down = true;
  store.calls.get = 0;
  for (let i = 0; i < 10_000; i++) directory.open("room");
  await clock.advance(60_000);
  assert.ok(store.calls.get < 100, `${store.calls.get} reads in a minute`);
  store.down = false;
  await clock.advance(5_000);
  assert.ok(!conference.stale(clock.now()));
});

Deno.test("an answer that was overtaken by what others said is read again", async () => {
  const { clock, store, live, directory } = setup();
  const conference = directory.open("room");
  await clock.advance(0);
  store.delay = () => 50;
  const reading = directory.refresh(conference);
  await clock.advance(75);
  // The store has answered "not live" already; the answer is on its way.
  store.delay = () => 0;
  await live.mark("room");
  conference.hear(known(clock.now() + 60_000), clock.now());
  await clock.advance(100);
  await reading;
  assert.ok(conference.live(clock.now()));
});

Deno.test("so is the answer of a comparison: what was heard meanwhile stands", async () => {
  const { clock, store, directory } = setup();
  const conference = directory.open("room");
  conference.watch({ notify() {} });
  await clock.advance(14_990);
  store.delay = () => 50;
  await clock.advance(20);
  conference.hear(known(clock.now() + 60_000), clock.now());
  await clock.advance(200);
  assert.ok(conference.live(clock.now()));
});

Deno.test("F18: every 15 seconds what is believed is held against the store, in few reads", async () => {
  const { clock, store, live, directory } = setup();
  const conferences = Array.from({ length: 1_200 }, (_, i) => directory.open(`room-${i}`));
  for (const conference of conferences) conference.watch({ notify() {} });
  await clock.advance(1_000);
  await live.mark("room-700");
  store.calls.get = 0;
  await clock.advance(15_000);
  assert.equal(store.calls.get, 3);
  const found = conferences.filter((conference) => conference.live(clock.now()));
  assert.deepEqual(found.map(({ key }) => key), ["room-700"]);
  await live.clear("room-700");
  await clock.advance(15_000);
  assert.ok(!conferences[700]!.live(clock.now()));
});

Deno.test("F18: a gap of the bus is followed by a look into the store at once", async () => {
  const { clock, live, network, directory } = setup();
  const conference = directory.open("room");
  conference.watch({ notify() {} });
  await clock.advance(100);
  network.cut("here");
  await live.mark("room");
  await clock.advance(100);
  assert.ok(!conference.live(clock.now()));
  network.restore("here");
  await clock.advance(0);
  assert.ok(conference.live(clock.now()));
});

Deno.test("F18: where the store comes back later than the bus, it is looked at as soon as it is there", async () => {
  const { clock, store, live, network, directory } = setup();
  const conference = directory.open("room");
  conference.watch({ notify() {} });
  await clock.advance(100);
  network.cut("here");
  await live.mark("room");
  store.down = true;
  network.restore("here");
  await clock.advance(1_000);
  assert.ok(!conference.live(clock.now()));
  store.down = false;
  await clock.advance(2_000);
  assert.ok(conference.live(clock.now()));
});

Deno.test("F18: a store that is away when it is compared does not end what is live", async () => {
  const { clock, store, live, directory } = setup();
  await live.mark("room");
  const conference = directory.open("room");
  conference.watch({ notify() {} });
  await clock.advance(10_000);
  store.down = true;
  await clock.advance(30_000);
  assert.ok(conference.live(clock.now()));
});

Deno.test("who subscribes while the bus is away is in the store's care, and on the bus once it is back", async () => {
  const { clock, live, network, directory, joined } = setup();
  await live.mark("room");
  network.cut("here");
  const conference = directory.open("room");
  conference.watch({ notify() {} });
  await clock.advance(100);
  assert.ok(conference.live(clock.now()));
  network.restore("here");
  const [asked] = await Promise.all([
    network.join("there").ask("room", "{}", 100),
    clock.advance(9),
  ]);
  assert.equal(asked.answers.size, 0, "another topic");
  const answers = CONFERENCES.of("room").ask(network.join("third"), { type: "count" }, 100);
  await clock.advance(100);
  assert.equal((await answers).answers.get("here")?.visitors, 7);
  assert.deepEqual(joined, ["room"]);
});

Deno.test("a conference without anybody is let go within seconds, one with somebody never", async () => {
  const { clock, directory } = setup();
  const empty = directory.open("empty");
  directory.open("watched").watch({ notify() {} });
  await clock.advance(5_000);
  assert.equal(directory.get("empty"), undefined);
  assert.notEqual(directory.open("empty"), empty);
  await clock.advance(3_600_000);
  assert.deepEqual([...directory.values()].map(({ key }) => key), ["watched"]);
});

Deno.test("disposed, it has no timers and no topics", async () => {
  const { clock, network, directory } = setup();
  directory.open("room");
  await clock.advance(10);
  directory[Symbol.dispose]();
  assert.equal(clock.timers, 0);
  assert.deepEqual(network.subscribers("conference/room", "else"), []);
});

Deno.test("an isolate with ten thousand conferences reads their states in batches", async () => {
  await using house = await House.open();
  const [node] = house.nodes;
  for (let i = 0; i < 10_000; i++) node!.visitor(nameOf(`room-${i}@conference.meet.example`));
  await house.pass(100);
  house.store.calls.get = 0;
  await house.pass(15_000);
  assert.equal(house.store.calls.get, 20);
});
