import assert from "node:assert/strict";
import { type Device, errorOf, type Guest, REPORT } from "./client.ts";
import { Stage } from "./stage.ts";

const EVENTS = [
  "Session.connectionCreated",
  "Session.connectionDestroyed",
  "Session.streamCreated",
  "Session.streamDestroyed",
  "Publisher.streamCreated",
  "Publisher.streamDestroyed",
];
const STATES = ["init", "waiting", "starting", "sending", "receiving", "sendrecv", "cleanup"];

/** The seed's example, word for word. */
const EXAMPLE = `{
        "action": "status",
        "event": "Session.connectionCreated",
        "state": "sendrecv",
        "sessions": 2,
        "sendStreams": 1,
        "recvStreams": 1
   }`;

async function roomOf(stage: Stage, size = 3): Promise<{ owner: Device; room: string }> {
  const owner = await stage.at.register("olga");
  return { owner, room: await owner.create({ maxSize: size }) };
}

// deno-lint-ignore no-explicit-any
async function mediaOf(owner: Device, room: string): Promise<any[]> {
  const { body } = await owner.call("GET", `/rooms/${room}/state`);
  return body.participants.map(({ media }: { media: unknown }) => media);
}

Deno.test("R73: each event with each state is taken, and shown as it was sent", async () => {
  await using stage = await Stage.open();
  const { owner, room } = await roomOf(stage);
  await owner.join(room);
  for (const event of EVENTS) {
    for (const state of STATES) {
      assert.equal((await owner.status(room, { ...REPORT, event, state })).status, 204);
      const [media] = await mediaOf(owner, room);
      assert.deepEqual([media.event, media.state], [event, state]);
    }
  }
  assert.equal((await mediaOf(owner, room))[0].reports, 42);
});

Deno.test("R74: the seed's example works as it stands, by Hawk and by Basic", async () => {
  await using stage = await Stage.open();
  const { owner, room } = await roomOf(stage);
  const guest = stage.at.guest();
  await owner.join(room, 3);
  await guest.join(room, 3);
  for (const actor of [owner, guest]) {
    const answer = await actor.call("POST", `/rooms/${room}`, { text: EXAMPLE });
    assert.deepEqual([answer.status, answer.text], [204, ""]);
    const signed = answer.headers.get("server-authorization");
    assert.equal(signed !== null, actor === owner);
  }
  for (const media of await mediaOf(owner, room)) {
    assert.equal(media.connections, 2);
    assert.equal(media.computedState, "sendrecv");
    assert.equal(media.stateAgrees, true);
  }
});

Deno.test("R75, R76: counters are read as the original reads them", async () => {
  await using stage = await Stage.open();
  const { owner, room } = await roomOf(stage);
  await owner.join(room);
  const kept = async (fields: Record<string, unknown>) => {
    assert.equal((await owner.status(room, { ...REPORT, ...fields })).status, 204);
    return (await mediaOf(owner, room))[0].connections;
  };
  assert.equal(await kept({ sessions: 9, connections: 2 }), 2);
  for (const [sent, expected] of [[2, 2], ["2", 2], ["2abc", 2], [1.5, 1], [1_000, 1_000]]) {
    assert.equal(await kept({ connections: sent }), expected);
  }
});

Deno.test("R77: a sessionToken in the body does not count beside Authorization", async () => {
  await using stage = await Stage.open();
  const { owner, room } = await roomOf(stage);
  await owner.join(room);
  const answer = await owner.status(room, { ...REPORT, sessionToken: "of somebody else" });
  assert.equal(answer.status, 204);
});

Deno.test("R78: a call as it is reported over the wire", async () => {
  await using stage = await Stage.open();
  const { owner, room } = await roomOf(stage);
  await owner.join(room);
  const call: [string, string, number, number, number][] = [
    ["Session.connectionCreated", "waiting", 1, 0, 0],
    ["Session.connectionCreated", "starting", 2, 0, 0],
    ["Publisher.streamCreated", "sending", 2, 1, 0],
    ["Session.streamCreated", "sendrecv", 2, 1, 1],
    ["Publisher.streamDestroyed", "receiving", 2, 0, 1],
    ["Session.StreamDestroyed", "cleanup", 2, 0, 0],
    ["Session.connectionDestroyed", "waiting", 1, 0, 0],
    ["Session.connectionDestroyed", "init", 0, 0, 0],
  ];
  for (const [i, [event, state, connections, sendStreams, recvStreams]] of call.entries()) {
    await owner.status(room, { event, state, connections, sendStreams, recvStreams });
    const [{ at, ...media }] = await mediaOf(owner, room);
    assert.ok(Math.abs(at - stage.clock.wall() / 1_000) < 5);
    assert.deepEqual(media, {
      event,
      state,
      computedState: state,
      stateAgrees: true,
      countersFollow: true,
      connections,
      sendStreams,
      recvStreams,
      reports: i + 1,
    });
  }
});

Deno.test("R82: what was reported goes with the participation, and is each one's own", async () => {
  await using stage = await Stage.open();
  const { owner, room } = await roomOf(stage);
  const guest = stage.at.guest();
  const hasMedia = async () => (await mediaOf(owner, room)).map((media) => media?.state ?? null);
  await owner.join(room, 3);
  await guest.join(room, 3);
  await owner.status(room, { ...REPORT, state: "one" });
  await guest.status(room, { ...REPORT, state: "two" });
  assert.deepEqual(await hasMedia(), ["one", "two"]);
  await guest.join(room, 3);
  assert.deepEqual(await hasMedia(), ["one", null], "a new join");
  await owner.act(room, "leave");
  await owner.join(room, 3);
  assert.deepEqual(await hasMedia(), [null, null], "after leave");
  await owner.status(room);
  stage.clock.move(300_000);
  await owner.join(room, 3);
  assert.deepEqual(await hasMedia(), [null], "after the lease");
});

Deno.test("R83: the state is for the owner, the moderators and the backend it concerns", async () => {
  await using stage = await Stage.open();
  const { owner, room } = await roomOf(stage);
  await owner.join(room);
  const path = `/rooms/${room}/state`;
  const read = (bearer: string) =>
    stage.at.request("GET", path, { headers: { authorization: `Bearer ${bearer}` } });
  const seen = async (...tokens: string[]) => {
    return (await Promise.all(tokens.map(read))).map(({ status }) => status);
  };
  const state = await owner.call("GET", path);
  const { sessionId, ctime, participants, ...rest } = state.body;
  assert.deepEqual(rest, { roomToken: room, conference: null });
  assert.ok(sessionId.length === 36 && ctime > 0);
  const [{ roomConnectionId, joinedAt, expiresAt, ...participant }] = participants;
  assert.equal(roomConnectionId.length, 36);
  assert.equal(expiresAt, joinedAt + 300);
  assert.deepEqual(participant, {
    displayName: "somebody",
    role: "moderator",
    owner: true,
    media: null,
  });

  assert.deepEqual(await seen("olga", "system", "system-acme"), [200, 200, 200]);
  assert.deepEqual(await seen("abel", "townhall", "system-other"), [403, 403, 403]);
  const change = { body: { conference: { name: "[acme]townhall", live: "never" } } };
  assert.equal((await owner.call("PATCH", `/rooms/${room}`, change)).status, 200);
  assert.deepEqual(await seen("townhall", "system", "system-acme"), [200, 200, 200]);
  assert.deepEqual(await seen("abel", "elsewhere", "system-other"), [403, 403, 403]);

  const nobody = await stage.at.request("GET", path);
  assert.deepEqual(errorOf(nobody), [401, 110, "Unauthorized"]);
  assert.equal((await read("nonsense")).status, 401);
  const guest: Guest = stage.at.guest();
  await guest.join(room);
  assert.equal((await guest.call("GET", path)).status, 401, "a participation does not open it");
});
