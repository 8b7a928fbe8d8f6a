import assert from "node:assert/strict";
import type { Principal } from "../../../src/auth/principal.ts";
import { Capacity } from "../../../src/gateway/capacity.ts";
import { Places } from "../../../src/gateway/places.ts";
import { settle } from "../../support/fake_clock.ts";
import { frame } from "../../support/stomp_socket.ts";
import { CONFERENCE, Stage } from "./stage.ts";

Deno.test("C49: a peer that goes while its token is being verified leaves nothing behind", async () => {
  const verified = Promise.withResolvers<Principal>();
  await using stage = await Stage.open({ authenticate: () => verified.promise });
  const socket = stage.socket().connect().subscribe();
  socket.events.closed();
  verified.resolve({ kind: "anonymous" });
  await settle();
  assert.deepEqual(socket.sent, []);
  assert.equal(await stage.waiting(), 0);
  assert.equal(stage.gateway.connections, 0);
});

Deno.test("C51: a socket without CONNECT is closed at its deadline, without an ERROR", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket();
  await stage.clock.advance(9_900);
  assert.equal(socket.closedWith, undefined);
  await stage.clock.advance(200);
  assert.equal(socket.closedWith!.code, 1008);
  assert.deepEqual(socket.sent, []);
});

Deno.test("C51: octets that never make a CONNECT do not move the deadline", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket();
  for (let i = 0; i < 12; i++) {
    socket.events.message("\n");
    await stage.clock.advance(1_000);
  }
  assert.equal(socket.closedWith!.code, 1008);
});

Deno.test("C83: a frame that is begun and never ended is refused", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect("0,0");
  socket.events.message("SUBSCR");
  for (let i = 0; i < 11; i++) {
    await stage.clock.advance(1_000);
    socket.events.message("I");
  }
  assert.equal(socket.frames.at(-1)!.command, "ERROR");
  assert.equal(socket.closedWith!.code, 1002);
});

Deno.test("a whole frame ends the deadline of its beginning", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect("0,0");
  const subscribe = frame("SUBSCRIBE", { id: "1", destination: "/x" });
  socket.events.message("\n");
  socket.events.message(subscribe.slice(0, 5));
  await stage.clock.advance(8_000);
  assert.equal(socket.closedWith, undefined);
});

Deno.test("F06: a Close that is not answered is bounded by five seconds", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket();
  socket.events.message("GARBAGE\n\n\0");
  const closed = socket.closedWith!.at;
  await stage.clock.advance(10_000);
  assert.ok(socket.terminatedAt! - closed <= 5_200);
  assert.equal(stage.gateway.connections, 0);
});

Deno.test("C77: after the RECEIPT of DISCONNECT the peer has two seconds to close", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect().subscribe();
  socket.receive("DISCONNECT", { receipt: "bye" });
  assert.equal(await stage.waiting(), 0, "C79: it does not wait any more");
  assert.equal(socket.closedWith, undefined);
  const began = stage.clock.now();
  await stage.clock.advance(3_000);
  assert.equal(socket.closedWith!.code, 1000);
  assert.ok(socket.closedWith!.at - began <= 2_200);
});

Deno.test("F01: a peer that leaves its messages unread is cut, by age or by size", async () => {
  await using stage = await Stage.open();
  const [old, big, quick] = [stage.socket(), stage.socket(), stage.socket()];
  for (const socket of [old, big, quick]) socket.connect("0,0").subscribe();
  old.bufferedAmount = 100;
  big.bufferedAmount = 70_000;
  await stage.goLive();
  await stage.clock.advance(11_000);
  assert.notEqual(big.terminatedAt, undefined);
  assert.equal(old.terminatedAt, undefined);
  await stage.clock.advance(11_000);
  assert.notEqual(old.terminatedAt, undefined);
  assert.equal(quick.terminatedAt, undefined);
});

Deno.test("C68: two subscriptions are one waiting connection; the last to leave gives the place up", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect().subscribe("a").subscribe("b");
  assert.equal(await stage.waiting(), 1);
  socket.receive("UNSUBSCRIBE", { id: "a" });
  assert.equal(await stage.waiting(), 1);
  socket.receive("UNSUBSCRIBE", { id: "b" });
  assert.equal(await stage.waiting(), 0);
});

Deno.test("C70: after UNSUBSCRIBE there is no MESSAGE", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect().subscribe("a").subscribe("b");
  socket.receive("UNSUBSCRIBE", { id: "a", receipt: "u" });
  await stage.goLive();
  const told = socket.frames.filter(({ command }) => command === "MESSAGE");
  assert.deepEqual(told.map(({ headers }) => headers.subscription), ["b"]);
});

Deno.test("a connection that was refused or closed does not count", async () => {
  await using stage = await Stage.open();
  const [refused, closed] = [stage.socket().connect().subscribe(), stage.socket()];
  closed.connect().subscribe();
  refused.receive("SEND", { destination: "/x" });
  closed.events.closed();
  assert.equal(await stage.waiting(), 0);
});

Deno.test("J37: a token that expires does not end the wait, unless the operator wants it to", async () => {
  const authenticate = () => ({
    kind: "client" as const,
    role: "visitor" as const,
    room: "room",
    tenant: "*",
    expiresAt: Date.UTC(2026, 0, 1, 0, 1) / 1_000,
  });
  await using lenient = await Stage.open({ authenticate });
  const stays = lenient.socket().connect("0,0").subscribe();
  await lenient.clock.advance(120_000);
  assert.equal(stays.closedWith, undefined);
  await using strict = await Stage.open({ authenticate, disconnectOnExpiry: true });
  const goes = strict.socket().connect("0,0").subscribe();
  await strict.clock.advance(59_000);
  assert.equal(goes.closedWith, undefined);
  await strict.clock.advance(3_000);
  assert.equal(goes.frames.at(-1)!.command, "ERROR");
  assert.equal(goes.closedWith!.code, 1008);
});

Deno.test("J37: a token that is accepted within the leeway is not cut before its end", async () => {
  const authenticate = () => ({
    kind: "client" as const,
    role: "visitor" as const,
    room: "room",
    tenant: "*",
    expiresAt: Date.UTC(2026, 0, 1) / 1_000 - 10,
  });
  await using stage = await Stage.open({ authenticate, disconnectOnExpiry: true });
  const socket = stage.socket().connect("0,0").subscribe();
  await stage.clock.advance(18_000);
  assert.equal(socket.closedWith, undefined);
  await stage.clock.advance(4_000);
  assert.equal(socket.closedWith!.code, 1008);
});

Deno.test("F28: a socket that throws concerns nobody else", async () => {
  await using stage = await Stage.open();
  const [broken, whole] = [stage.socket().connect().subscribe(), stage.socket()];
  whole.connect().subscribe();
  broken.send = () => {
    throw new Error("broken");
  };
  await stage.goLive();
  assert.equal(whole.frames.at(-1)!.command, "MESSAGE");
});

Deno.test("F23: a drain closes cleanly, without ERROR, spread over its time, and newcomers too", async () => {
  await using stage = await Stage.open();
  const sockets = Array.from({ length: 50 }, () => stage.socket().connect().subscribe());
  const began = stage.clock.now();
  const drained = stage.gateway.drain(10_000);
  await stage.clock.advance(5_000);
  const half = sockets.filter(({ closedWith }) => closedWith).length;
  assert.ok(half > 15 && half < 35, `${half} closed after half of the time`);
  for (const socket of sockets) if (socket.closedWith) socket.events.closed();
  const cameAt = stage.clock.now();
  const late = stage.socket().connect();
  await stage.clock.advance(6_200);
  await drained;
  for (const socket of [...sockets, late]) {
    assert.equal(socket.closedWith!.code, 1001);
    assert.ok(socket.frames.every(({ command }) => command !== "ERROR"));
  }
  assert.deepEqual(late.sent, [], "a newcomer is not connected first");
  assert.equal(late.closedWith!.at, cameAt, "and is closed at once");
  assert.ok(sockets.at(-1)!.closedWith!.at - began > 8_000);
});

Deno.test("F07: strangers take half of the room at most, and the oldest goes for a newcomer", async () => {
  await using stage = await Stage.open({ capacity: new Capacity(Capacity.share(1, 10), 0) });
  const strangers = Array.from({ length: 5 }, () => stage.socket());
  strangers[1]!.connect();
  const [first, second, third] = Array.from({ length: 3 }, () => stage.socket());
  assert.equal(strangers[0]!.closedWith!.code, 1013);
  assert.deepEqual(strangers[0]!.frames, [], "without ERROR");
  assert.equal(strangers[1]!.closedWith, undefined, "who has connected keeps its place");
  assert.equal(strangers[2]!.closedWith!.code, 1013);
  assert.notEqual(strangers[0]!.terminatedAt, undefined, "its time to answer is over");
  assert.equal(strangers[3]!.closedWith, undefined);
  for (const socket of [first!, second!, third!]) socket.connect().subscribe();
  assert.equal(await stage.waiting(), 3);
});

Deno.test("F07: where all strangers are another worker's, a newcomer waits outside", async () => {
  const share = Capacity.share(2, 2);
  const [here, elsewhere] = [new Capacity(share, 0), new Capacity(share, 1)];
  await using stage = await Stage.open({ strangers: here });
  elsewhere.take();
  elsewhere.take();
  assert.throws(() => stage.admit(), /unauthenticated/);
  elsewhere.release();
  const socket = stage.socket();
  socket.connect();
  assert.equal(here.used, 1, "it is no stranger any more");
  stage.admit().abandon();
  assert.equal(here.used, 1);
});

Deno.test("a token has as many places as it may, and gets one back when a connection ends", async () => {
  const shared = Places.share(1, 2, 100);
  await using stage = await Stage.open({ tokenPlaces: new Places(shared, 0) });
  const open = (token: string) => {
    const socket = stage.socket();
    socket.receive("CONNECT", { "accept-version": "1.2", Authorization: `Bearer ${token}` });
    return socket;
  };
  const [first] = [open("a.b.c"), open("a.b.other")];
  const third = open("a.b.c");
  assert.equal(third.closedWith!.code, 1013, "a signature can be written in many ways");
  assert.deepEqual(third.frames, [], "without ERROR");
  assert.equal(open("a.x.c").closedWith, undefined, "another token");
  first!.events.closed();
  assert.equal(open("a.b.c").closedWith, undefined);
});

Deno.test("F24: under memory pressure strangers are closed without ERROR and nobody is let in", async () => {
  let octets = 0;
  await using stage = await Stage.open({ maxMemory: 1_000, resident: () => octets });
  const [stranger, visitor] = [stage.socket(), stage.socket().connect().subscribe()];
  octets = 2_000;
  await stage.clock.advance(500);
  assert.equal(stranger.closedWith!.code, 1013);
  assert.equal(visitor.closedWith, undefined);
  assert.throws(() => stage.admit(), /memory/);
  octets = 0;
  await stage.clock.advance(500);
  stage.admit();
});

Deno.test("a visitor sees the conference as it wrote it, and JSON integers", async () => {
  await using stage = await Stage.open();
  const socket = stage.socket().connect().subscribe("s0", "ROOM@conference.meet.example");
  await stage.goLive();
  const { headers, body } = socket.frames.at(-1)!;
  assert.equal(
    body,
    '{"conference":"ROOM@conference.meet.example","status":"live","randomDelayMs":0}',
  );
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers["content-length"], String(body.length));
  assert.equal(
    headers.destination,
    `/secured/conference/visitor/topic.${"ROOM@conference.meet.example"}`,
  );
  assert.notEqual(headers.destination, `/secured/conference/visitor/topic.${CONFERENCE}`);
});
