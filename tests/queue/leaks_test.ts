import assert from "node:assert/strict";
import { House, nameOf } from "./house.ts";

Deno.test("when everybody has left and time has passed nothing is remembered", async () => {
  await using house = await House.open({
    nodes: 3,
    latency: 1,
    maxVisitorsPerConference: 50,
    liveTtlMs: 60_000,
  });
  const idle = house.clock.timers;
  const rooms = Array.from({ length: 30 }, (_, i) => nameOf(`room-${i}@conference.meet.example`));
  const moderators = rooms.map((room, i) => house.nodes[i % 3]!.moderator(room));
  rooms.forEach((room, i) => house.nodes[(i + 1) % 3]!.visitors(i % 5, room));
  await house.pass(20_000);
  for (const room of rooms.slice(0, 10)) await house.pass(10, house.nodes[0]!.goLive(room));
  for (const room of rooms.slice(5, 15)) await house.pass(10, house.nodes[1]!.endLive(room));
  rooms.forEach((room, i) => house.nodes[i % 3]!.visitors(3, room));
  await house.pass(100);
  for (const moderator of moderators) moderator.leave();
  for (const visitor of house.visitors) visitor.leave();
  await house.pass(70_000);
  for (const { bus, queue } of house.nodes) {
    for (const { key } of rooms) assert.ok(!bus.holds(`conference/${key}`), `${bus.id} ${key}`);
    assert.deepEqual(await house.pass(10, queue.list()), []);
  }
  assert.equal(house.clock.timers, idle);
});

Deno.test("a conference that comes and goes all the time leaves nothing behind", async () => {
  await using house = await House.open({ nodes: 2, latency: 20, maxVisitorsPerConference: 5 });
  const idle = house.clock.timers;
  for (let i = 0; i < 50; i++) {
    const room = nameOf(`room-${i % 3}@conference.meet.example`);
    const moderator = house.nodes[i % 2]!.moderator(room);
    const visitor = house.nodes[(i >> 1) % 2]!.visitor(room);
    await house.pass((i * 37) % 90);
    moderator.leave();
    visitor.leave();
    // At times longer than it takes until the conference is let go, at times shorter.
    await house.pass((i % 4) * 900);
  }
  await house.pass(10_000);
  assert.equal(house.clock.timers, idle);
  for (const { bus } of house.nodes) {
    for (let i = 0; i < 3; i++) {
      assert.ok(!bus.holds(`conference/room-${i}@conference.meet.example`));
    }
  }
});

Deno.test("who comes back to a conference that is about to be let go still hears of the go-live", async () => {
  await using house = await House.open({ nodes: 2, latency: 20 });
  const [a, b] = house.nodes;
  for (let wait = 1_900; wait < 2_200; wait += 5) {
    const before = house.told.length;
    b!.visitor().leave();
    await house.pass(wait);
    b!.visitor();
    await house.pass(200, a!.goLive());
    assert.equal(house.told.length, before + 1, `after ${wait} ms`);
    await house.pass(200, a!.endLive());
  }
});

Deno.test("a disposed queue has no timers and no topics, whatever it was doing", async () => {
  for (const rate of [50, 0]) {
    const house = await House.open({ nodes: 2, releaseRate: rate, maxVisitorsPerConference: 900 });
    const [a, b] = house.nodes;
    for (const node of house.nodes) {
      node.visitors(100);
      node.moderator();
    }
    await house.pass(1_000);
    await house.pass(100, a!.goLive());
    b!.visitors(20);
    house.store.down = true;
    a!.visitor(nameOf("other@conference.meet.example"));
    const held = b!.goLive(nameOf("third@conference.meet.example")).catch((error) => error);
    await house.pass(300);
    for (const { queue } of house.nodes) await queue[Symbol.asyncDispose]();
    await house.pass(0);
    assert.ok(await held instanceof Error, "a go-live that is held ends");
    for (const { bus } of house.nodes) assert.ok(!bus.holds("isolates"));
    // What is left is an ask whose answers are waited for.
    await house.pass(500);
    assert.equal(house.clock.timers, 0, `rate ${rate}`);
    const told = house.told.length;
    await house.pass(60_000);
    assert.equal(house.told.length, told);
    await house[Symbol.asyncDispose]();
  }
});
