import assert from "node:assert/strict";
import { refuse } from "../../src/rooms/refusal.ts";
import { DAY_MS, done, Fleet, LEASE_MS } from "./fleet.ts";

Deno.test("whoever changes a room and wherever: everybody reads it the same, told once", async () => {
  await using fleet = await Fleet.open(2);
  const [a, b] = fleet.isolates as [typeof fleet.isolates[0], typeof fleet.isolates[0]];
  done(await a!.create({ name: "talk" }));
  done(await b!.join("owner"));
  done(await a!.join("ann"));
  assert.deepEqual(await b!.inside(), ["owner", "ann"]);
  const { room } = done(await b!.rooms.leave("r1", "ann"));
  assert.equal(room.version, 4);
  assert.deepEqual(fleet.told, ["created", "joined owner", "joined ann", "left ann left"]);
  assert.deepEqual(fleet.events.map(({ audience }) => audience.kind), Array(4).fill("room"));
});

Deno.test("the owner is moderator, everybody else publisher", async () => {
  await using fleet = await Fleet.open();
  const [a] = fleet.isolates;
  done(await a!.create());
  assert.equal(done(await a!.join("owner")).participant.role, "moderator");
  assert.equal(done(await a!.join("ann")).participant.role, "publisher");
});

Deno.test("who takes the own seat again replaces what was before, also in a full room", async () => {
  await using fleet = await Fleet.open();
  const [a] = fleet.isolates;
  done(await a!.create({ capacity: 2 }));
  done(await a!.join("owner"));
  const first = done(await a!.join("ann")).participant;
  const { participant, room } = done(await a!.join("ann"));
  assert.notEqual(participant.id, first.id);
  assert.equal(room.participants.length, 2);
  done(await a!.join("guest-2", { instead: "ann" }));
  assert.deepEqual(await a!.inside(), ["owner", "guest-2"]);
  assert.deepEqual(fleet.told.slice(3), [
    "left ann rejoined",
    "joined ann",
    "left ann rejoined",
    "joined guest-2",
  ]);
});

Deno.test("who does not stand on the list stays out; the owner never does", async () => {
  await using fleet = await Fleet.open();
  const [a] = fleet.isolates;
  done(await a!.create({ access: { kind: "list", users: ["ann"] } }));
  assert.deepEqual(await a!.join("bob"), refuse("not_listed"));
  done(await a!.join("ann"));
  done(await a!.join("owner"));
});

Deno.test("R60: a lease ends once, within 2 s, with its seat free and its end told", async () => {
  await using fleet = await Fleet.open(3);
  const [a, b] = fleet.isolates;
  done(await a!.create({ capacity: 2 }));
  done(await a!.join("ann"));
  await fleet.pass(LEASE_MS - 1);
  assert.deepEqual(await b!.inside(), ["ann"]);
  await fleet.pass(1);
  assert.deepEqual(await b!.inside(), [], "it is gone at once, whoever has noticed");
  await fleet.pass(1_750);
  assert.deepEqual(fleet.told, ["created", "joined ann", "left ann expired"]);
  done(await b!.join("bob"));
});

Deno.test("R96: a lease that is renewed lasts, from wherever it is renewed", async () => {
  await using fleet = await Fleet.open(2);
  done(await fleet.isolates[0]!.create());
  done(await fleet.isolates[0]!.join("ann", { lease: fleet.isolates[0]!.lease(1_000) }));
  for (let i = 0; i < 20; i++) {
    await fleet.pass(500);
    const isolate = fleet.isolates[i % 2]!;
    done(await isolate.rooms.renew("r1", "ann", isolate.lease(1_000)));
  }
  assert.deepEqual(fleet.told, ["created", "joined ann"]);
  await fleet.pass(3_000);
  assert.equal(fleet.told.at(-1), "left ann expired");
  assert.equal(fleet.told.length, 3);
  const renewed = fleet.isolates[0]!.rooms.renew("r1", "ann", fleet.isolates[0]!.lease());
  assert.deepEqual(await renewed, refuse("not_inside"));
});

Deno.test("R97: the isolate that let somebody in is killed, and the lease ends all the same", async () => {
  await using fleet = await Fleet.open(3);
  const [a] = fleet.isolates;
  done(await a!.create());
  done(await a!.join("ann"));
  await a!.kill();
  await fleet.pass(LEASE_MS + 2_000);
  assert.deepEqual(fleet.told, ["created", "joined ann", "left ann expired"]);
});

Deno.test("R101: what ended while nobody was there is ended soon after a start", async () => {
  await using fleet = await Fleet.open(1);
  const [a] = fleet.isolates;
  done(await a!.create());
  done(await a!.join("ann"));
  done(await a!.join("bob", { lease: a!.lease(2 * LEASE_MS) }));
  await a!.kill();
  await fleet.pass(LEASE_MS + 60_000);
  await fleet.add();
  await fleet.add();
  await fleet.pass(2_500);
  assert.equal(fleet.isolates[1]!.rooms.size, 1);
  assert.deepEqual(fleet.told.slice(3), ["left ann expired"]);
  await fleet.pass(LEASE_MS);
  assert.deepEqual(fleet.told.slice(3), ["left ann expired", "left bob expired"]);
});

Deno.test("an isolate that missed what others said compares when its bus is back", async () => {
  await using fleet = await Fleet.open(2);
  const [a, b] = fleet.isolates;
  fleet.network.cut(b!.bus.id);
  done(await a!.create());
  done(await a!.join("ann"));
  await a!.kill();
  fleet.network.restore(b!.bus.id);
  await fleet.pass(LEASE_MS + 2_000);
  assert.equal(fleet.told.at(-1), "left ann expired");
});

Deno.test("R62: a room whose time is over is gone with all that stood beside it", async () => {
  await using fleet = await Fleet.open(2, { extendMs: 0 });
  const [a, b] = fleet.isolates;
  done(await a!.create({ details: "sealed", expiresAt: fleet.clock.wall() + 10_000 }));
  const person = { id: "ann" };
  done(await a!.join("ann", { person }));
  await fleet.pass(9_999);
  const { room } = (await b!.rooms.find("r1"))!;
  assert.equal(await b!.rooms.details(room), "sealed");
  await fleet.pass(2_001);
  assert.equal(await b!.inside(), undefined);
  assert.deepEqual(fleet.told.slice(2), ["left ann deleted", "deleted expired"]);
  const left = await fleet.store.keys("rooms/test/", 10);
  assert.deepEqual(left, ["rooms/test/owner/owner"], "only the memory of the deletion");
  await fleet.pass(60_000);
  assert.deepEqual(await fleet.store.keys("rooms/", 10), []);
});

Deno.test("R38: coming, going and the end of a lease put off the end of the room", async () => {
  await using fleet = await Fleet.open();
  const [a] = fleet.isolates;
  done(await a!.create({ expiresAt: fleet.clock.wall() + 1_000_000 }));
  done(await a!.join("ann"));
  await fleet.pass(LEASE_MS + 2_000);
  const { room } = (await a!.rooms.find("r1"))!;
  const ended = room.createdAt + LEASE_MS;
  assert.equal(room.expiresAt, ended + DAY_MS);
  assert.ok(room.changedAt >= ended);
});

Deno.test("an owner's list says what there is and what was deleted, and is bounded", async () => {
  await using fleet = await Fleet.open(1, { mostPerOwner: 2 });
  const [a] = fleet.isolates;
  done(await a!.create({ id: "r1" }));
  done(await a!.create({ id: "r2" }));
  assert.deepEqual(await a!.create({ id: "r3" }), refuse("owner_full"));
  done(await a!.rooms.delete("r1"));
  const owned = await a!.rooms.owned("owner");
  assert.deepEqual(owned.rooms, ["r2"]);
  assert.deepEqual(owned.deleted.map(({ id }) => id), ["r1"]);
  done(await a!.create({ id: "r3" }));
  await fleet.pass(60_000);
  assert.deepEqual((await a!.rooms.owned("owner")).deleted, []);
});

Deno.test("no more rooms than the house has room for", async () => {
  await using fleet = await Fleet.open(1, { mostRooms: 1 });
  done(await fleet.isolates[0]!.create());
  assert.deepEqual(await fleet.isolates[0]!.create({ id: "r2" }), refuse("house_full"));
});

Deno.test("participations by connection end with the isolate that holds them, and not before", async () => {
  await using fleet = await Fleet.open(2);
  const [a, b] = fleet.isolates;
  done(await a!.create({ capacity: 5 }));
  const held = (isolate: typeof a) => ({ kind: "connection", holder: isolate!.bus.id }) as const;
  done(await a!.join("ann", { lease: held(a) }));
  done(await b!.join("bob", { lease: held(b) }));
  await fleet.pass(DAY_MS / 2);
  assert.deepEqual(await b!.inside(), ["ann", "bob"]);
  await a!.kill();
  await fleet.pass(15_000);
  assert.deepEqual(await b!.inside(), ["bob"]);
  assert.equal(fleet.told.at(-1), "left ann expired");
});

Deno.test("a store that was away ends nobody's participation by connection", async () => {
  await using fleet = await Fleet.open(2);
  const [a, b] = fleet.isolates;
  done(await a!.create());
  done(await a!.join("ann", { lease: { kind: "connection", holder: a!.bus.id } }));
  fleet.store.down = true;
  await fleet.pass(60_000);
  fleet.store.down = false;
  await fleet.pass(60_000);
  assert.deepEqual(await b!.inside(), ["ann"]);
});

Deno.test("a report belongs to its participation, is told, and goes with it", async () => {
  await using fleet = await Fleet.open();
  const [a] = fleet.isolates;
  done(await a!.create());
  const person = { id: "ann", tenant: "acme", account: "ann@acme.example" };
  done(await a!.join("ann", { person }));
  const report = {
    event: "Session.connectionCreated",
    state: "waiting",
    connections: 1,
    sendStreams: 0,
    recvStreams: 0,
  };
  const found = (await a!.rooms.find("r1"))!;
  assert.equal(done(await a!.rooms.report(found, "ann", report)).computedState, "waiting");
  assert.deepEqual(await a!.rooms.report(found, "bob", report), refuse("not_inside"));
  const [profile] = await a!.rooms.profiles(found.room);
  assert.deepEqual(profile!.person, person);
  assert.equal(profile!.media!.reports, 1);
  const [told] = fleet.events.filter(({ kind }) => kind === "media");
  assert.ok(told?.kind === "media" && told.person?.id === "ann");
  done(await a!.join("ann", { person }));
  const again = (await a!.rooms.find("r1"))!;
  assert.equal((await a!.rooms.profiles(again.room))[0]!.media, undefined, "R82");
  assert.deepEqual((await a!.rooms.profiles(again.room))[0]!.person, person);
  const left = fleet.events.find(({ kind }) => kind === "left");
  assert.ok(left?.kind === "left" && left.person?.id === "ann", "who left is named");
});

Deno.test("R99: a join that meets a deletion: never a participant without a room", async () => {
  for (let i = 0; i < 20; i++) {
    await using fleet = await Fleet.open(2);
    const [a, b] = fleet.isolates;
    fleet.store.delay = () => Math.random() * 5;
    const created = a!.create();
    await fleet.pass(50, created);
    const both = Promise.all([a!.join("ann"), b!.rooms.delete("r1")]);
    await fleet.pass(500, both);
    const [joined] = await both;
    const told = fleet.told.slice(1);
    if ("refused" in joined) {
      assert.deepEqual(told, ["deleted deleted"]);
    } else {
      assert.deepEqual(told.sort(), ["deleted deleted", "joined ann", "left ann deleted"]);
    }
  }
});

Deno.test("a room of a hundred with the longest names fits into one value", async () => {
  await using fleet = await Fleet.open(1);
  const [a] = fleet.isolates;
  done(await a!.create({ capacity: 100 }));
  for (let i = 0; i < 99; i++) {
    const text = String(i).padEnd(22, "x");
    done(await a!.join(text, { name: "語".repeat(100), proof: text, handles: 100 }));
  }
  done(await a!.join("owner"));
  assert.equal((await a!.inside())!.length, 100);
});

Deno.test("while the store is away nothing is told, and afterwards everything is", async () => {
  await using fleet = await Fleet.open(2);
  const [a] = fleet.isolates;
  done(await a!.create());
  done(await a!.join("ann"));
  fleet.store.down = true;
  await assert.rejects(a!.join("bob"), { name: "StoreError" });
  await fleet.pass(LEASE_MS + 10_000);
  assert.equal(fleet.told.length, 2);
  fleet.store.down = false;
  await fleet.pass(2_000);
  assert.deepEqual(fleet.told.slice(2), ["left ann expired"]);
});
