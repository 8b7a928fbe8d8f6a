import assert from "node:assert/strict";
import { type FakeSocket, Stage } from "./stage.ts";

const MINUTE_MS = 60_000;

/** The longest pause between two writes, from CONNECTED to now. */
function longestPause(socket: FakeSocket, now: number): number {
  const times = [...socket.sent.map(({ at }) => at), now];
  return Math.max(...times.slice(1).map((at, i) => at - times[i]!));
}

Deno.test("C52: with 10000,10000 no pause between two writes exceeds 0.8 of the promise", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect("10000,10000");
  assert.equal(socket.frames[0]!.headers["heart-beat"], "10000,60000");
  for (let i = 0; i < 60; i++) {
    await stage.clock.advance(10_000);
    socket.events.message("\n");
  }
  assert.ok(longestPause(socket, stage.clock.now()) <= 8_000);
  assert.ok(socket.beats.length < 100, "and they are not sent in excess");
});

Deno.test("C53, C55: whoever wants no beats gets none", async () => {
  await using stage = await Stage.open();
  const sockets = [stage.socket().connect("0,0"), stage.socket().connect("10000,0")];
  await stage.clock.advance(2 * MINUTE_MS);
  for (const socket of sockets) assert.deepEqual(socket.beats, []);
});

Deno.test("C54: 0,10000 gets beats, and none are expected of it", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect("0,10000");
  await stage.clock.advance(30 * MINUTE_MS);
  assert.ok(longestPause(socket, stage.clock.now()) <= 8_000);
  assert.equal(socket.closedWith, undefined);
  assert.equal(socket.terminatedAt, undefined);
});

Deno.test("C56: 15000,15000 gets a beat every fifteen seconds at the latest", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect("15000,15000");
  for (let i = 0; i < 10; i++) {
    await stage.clock.advance(15_000);
    socket.events.message(new Uint8Array([10]));
  }
  assert.ok(longestPause(socket, stage.clock.now()) <= 12_000);
});

Deno.test("C57: 1,1 cannot make the server beat more often than it offers", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect("1,1");
  await stage.clock.advance(MINUTE_MS);
  assert.ok(socket.beats.length <= 9, `${socket.beats.length} beats`);
});

Deno.test("C58: beats asked for in a thousand days are no busy loop", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect("99999999999,99999999999");
  await stage.clock.advance(10 * MINUTE_MS);
  assert.deepEqual(socket.beats, []);
  assert.equal(socket.terminatedAt, undefined);
});

Deno.test("a beat is on time also where the operator wants them very often", async () => {
  for (const heartBeatMs of [200, 500, 1_000]) {
    await using stage = await Stage.open({ heartBeatMs });
    const socket = stage.socket().connect("0,1");
    await stage.clock.advance(20_000);
    assert.ok(longestPause(socket, stage.clock.now()) <= heartBeatMs, `${heartBeatMs}`);
  }
});

Deno.test("C60: a peer that promised beats may be silent for 150 s, not for longer", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect("10000,0").subscribe();
  await stage.clock.advance(149_000);
  assert.equal(socket.terminatedAt, undefined);
  assert.equal(await stage.waiting(), 1);
  await stage.clock.advance(2_000);
  assert.notEqual(socket.terminatedAt, undefined);
  assert.equal(await stage.waiting(), 0);
});

Deno.test("C60: half a frame or a pong is a sign of life", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect("10000,0");
  for (let i = 0; i < 5; i++) {
    await stage.clock.advance(140_000);
    socket.events.pong();
  }
  assert.equal(socket.terminatedAt, undefined);
});

Deno.test("C61: a hidden tab that beats once a minute stays connected and counted", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect("10000,10000").subscribe();
  for (let i = 0; i < 15; i++) {
    await stage.clock.advance(MINUTE_MS);
    socket.events.message("\n");
  }
  assert.equal(socket.terminatedAt, undefined);
  assert.equal(await stage.waiting(), 1);
  assert.ok(longestPause(socket, stage.clock.now()) <= 8_000);
});

Deno.test("C62: where the server does not ping by itself, a peer without a pong is cut within 60 s", async () => {
  await using stage = await Stage.open();
  const [dead, alive] = [stage.socket(), stage.socket()];
  for (const socket of [dead, alive]) {
    socket.pings = 0;
    socket.connect("0,10000").subscribe();
  }
  for (let i = 0; i < 12; i++) {
    await stage.clock.advance(5_000);
    alive.events.pong();
  }
  assert.notEqual(dead.terminatedAt, undefined);
  assert.equal(alive.terminatedAt, undefined);
  assert.equal(await stage.waiting(), 1);
});

Deno.test("C63: a message is as good as a beat", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect("0,10000").subscribe();
  await stage.clock.advance(5_000);
  const before = socket.beats.length;
  await stage.goLive();
  await stage.clock.advance(5_000);
  assert.equal(socket.beats.length, before);
});

Deno.test("no beat before CONNECTED, and none after the end", async () => {
  const { promise, resolve } = Promise.withResolvers<never>();
  await using stage = await Stage.open({ authenticate: () => promise, connectTimeoutMs: 60_000 });
  const socket = stage.socket().connect("0,1000");
  await stage.clock.advance(30_000);
  assert.deepEqual(socket.sent, []);
  socket.events.closed();
  resolve({ kind: "anonymous" } as never);
  await stage.clock.advance(30_000);
  assert.deepEqual(socket.sent, [], "C49: nothing is written to a socket that is gone");
});
