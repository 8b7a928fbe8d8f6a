/**
 * Ways in which shipped clients get into trouble with a service that lets them.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Principal } from "../../../src/auth/principal.ts";
import { AccessPolicy } from "../../../src/access/policy.ts";
import { LogLines } from "../../support/log_lines.ts";
import { STATE_TOPIC, VISITOR_TOPIC } from "../../support/stomp_socket.ts";
import { CONFERENCE, type FakeSocket, Stage } from "./stage.ts";

const client = (role: "visitor" | "moderator" | "participant"): Principal => ({
  kind: "client",
  role,
  room: "room",
  tenant: "*",
  expiresAt: Infinity,
});

function connect(stage: Stage, token: string): FakeSocket {
  const socket = stage.socket();
  socket.receive("CONNECT", { "accept-version": "1.2", Authorization: `Bearer h.${token}.s` });
  return socket;
}

function ask(socket: FakeSocket, destination: string): void {
  socket.receive("SUBSCRIBE", { id: "0", destination });
}

Deno.test("who may neither wait nor watch anything is refused at CONNECT, unless any role may", async () => {
  const authenticate = () => client("participant");
  await using strict = await Stage.open({ authenticate });
  const refused = connect(strict, "p");
  assert.deepEqual(refused.frames.map(({ command }) => command), ["ERROR"]);
  assert.equal(refused.closedWith!.code, 1008);
  for (
    const open of [{ visitorAnyRole: true }, { visitorAnyRole: false, moderatorAnyRole: true }]
  ) {
    const access = new AccessPolicy({ domainVerification: false, ...open });
    await using stage = await Stage.open({ authenticate, access });
    assert.equal(connect(stage, "p").frames[0]!.command, "CONNECTED");
  }
});

Deno.test("who comes back to the same refusal waits for it longer each time", async () => {
  await using stage = await Stage.open({ authenticate: () => client("moderator") });
  const times: number[] = [];
  for (let i = 0; i < 4; i++) {
    const socket = connect(stage, "m");
    const began = stage.clock.now();
    ask(socket, VISITOR_TOPIC + CONFERENCE);
    while (!socket.closedWith) await stage.clock.advance(100);
    times.push(Math.round((socket.closedWith.at - began) / 1_000));
    assert.equal(socket.frames.at(-1)!.command, "ERROR");
    await stage.clock.advance(5_000);
  }
  assert.deepEqual(times, [0, 5, 10, 20]);
  const other = connect(stage, "m");
  ask(other, STATE_TOPIC + CONFERENCE);
  await stage.clock.advance(100);
  assert.equal(other.closedWith, undefined, "what it may have it gets");
});

Deno.test("a refusal that is held back is forgotten with its connection", async () => {
  await using stage = await Stage.open({ authenticate: () => client("moderator") });
  ask(connect(stage, "m"), VISITOR_TOPIC + CONFERENCE);
  const socket = connect(stage, "m");
  ask(socket, VISITOR_TOPIC + CONFERENCE);
  socket.events.closed();
  await stage.clock.advance(10_000);
  assert.deepEqual(socket.frames.map(({ command }) => command), ["CONNECTED"]);
});

Deno.test("a refusal that is held back and a token that expires do not get in each other's way", async () => {
  const expiresAt = Date.UTC(2026, 0, 1, 0, 1) / 1_000;
  const authenticate = () => ({ ...client("moderator"), expiresAt }) as Principal;
  await using stage = await Stage.open({ authenticate, disconnectOnExpiry: true });
  ask(connect(stage, "m"), VISITOR_TOPIC + CONFERENCE);
  const held = connect(stage, "m");
  ask(held, VISITOR_TOPIC + CONFERENCE);
  const watching = connect(stage, "m");
  ask(watching, STATE_TOPIC + CONFERENCE);
  await stage.clock.advance(6_000);
  assert.equal(held.frames.at(-1)!.headers.message, "Access refused");
  await stage.clock.advance(50_000);
  assert.equal(watching.closedWith, undefined);
  await stage.clock.advance(5_000);
  assert.equal(watching.frames.at(-1)!.headers.message, "Token expired");
});

Deno.test("who was told and is back within a minute is counted, and told of once a conference", async () => {
  using log = new LogLines();
  let returned = 0;
  const counter = { inc: () => void returned++, add() {} };
  await using stage = await Stage.open({ returned: counter });
  const [ann, bob] = [connect(stage, "ann").subscribe(), connect(stage, "bob").subscribe()];
  await stage.goLive();
  for (const socket of [ann, bob]) socket.events.closed();
  connect(stage, "cid").subscribe();
  assert.equal(returned, 0);
  connect(stage, "ann").subscribe();
  connect(stage, "bob").subscribe();
  assert.equal(returned, 2);
  const lines = log.said.filter((line) => line.includes("are back"));
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^warning: Visitors of room@.*`visitors\.live` is probably still false/);
});
