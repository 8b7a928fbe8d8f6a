import assert from "node:assert/strict";
import { ConferenceNames } from "../../../src/access/conference_name.ts";
import { Messages } from "../../../src/doors/events/messages.ts";
import type { RoomStreamEvent } from "../../../src/rooms/stream_events.ts";
import { errorOf, REPORT } from "./client.ts";
import { eventually, ORIGIN_ID, Stage } from "./stage.ts";

const names = new ConferenceNames({ mucDomain: undefined, xmppDomain: undefined });
const messages = new Messages(names, () => ORIGIN_ID);
const TOWNHALL = names.parse("[acme]townhall").key;

/** An event as clients get it. */
// deno-lint-ignore no-explicit-any
function told(event: RoomStreamEvent): any {
  return JSON.parse(messages.of(event)!.text);
}

/** The last event of a type. */
function last(stage: Stage, type: RoomStreamEvent["type"]): RoomStreamEvent {
  return stage.published.findLast((event) => event.type === type)!;
}

Deno.test("R83: a report is one event with the values of the report", async () => {
  await using stage = await Stage.open();
  const owner = await stage.at.register("olga");
  const room = await owner.create();
  await owner.join(room);
  const id = (await owner.call("GET", `/rooms/${room}`)).body.participants[0].roomConnectionId;
  await owner.status(room);
  const reports = stage.published.filter(({ type }) => type === "participant-media");
  assert.equal(reports.length, 1);
  const { data, ...event } = told(reports[0]!);
  const { meeting_uuid: meeting, at, ...media } = data;
  assert.match(meeting, /^[\da-f-]{36}$/);
  assert.ok(Math.abs(Date.parse(at) - stage.clock.wall()) < 5_000);
  assert.deepEqual(media, {
    id,
    room,
    event: REPORT.event,
    state: REPORT.state,
    computed_state: "waiting",
    state_agrees: true,
    counters_follow: true,
    connections: 1,
    send_streams: 0,
    recv_streams: 0,
  });
  assert.equal(event.name, "meeting_user_participant_media_updated");
  assert.equal(event.origin_uuid, ORIGIN_ID);
  assert.equal(event.tenant_uuid, "acme");
  assert.equal(event.required_acl, "events.users.olga.meetings.participants.media");
  assert.deepEqual(reports[0]!.audience, { tenant: "acme", users: ["olga"] });
});

Deno.test("R83: whose an event is: the conference's, else a known owner's, else nobody's", async () => {
  await using stage = await Stage.open();
  const nobody = await stage.at.register();
  const open = await nobody.create();
  const of = last(stage, "room-created");
  assert.deepEqual(of.audience, { tenant: undefined, users: [] });
  assert.equal(told(of).required_acl, `events.rooms.${open}.created`);
  assert.equal(told(of).tenant_uuid, null);

  const owner = await stage.at.register("olga");
  await owner.create({ conference: { name: "[acme]townhall", live: "never" } });
  const bound = last(stage, "room-created");
  assert.deepEqual(bound.audience, { conference: TOWNHALL, users: ["*"] });
  const { conference, tenant_uuid: tenant, required_acl: acl, data } = told(bound);
  assert.deepEqual([conference, tenant], [TOWNHALL, "acme"]);
  assert.match(acl, /^events\.conferences\..*townhall.*\.created$/);
  assert.equal(data.uuid, data.meeting_uuid);
});

Deno.test("every change of a room is told, with what it was about", async () => {
  await using stage = await Stage.open();
  const owner = await stage.at.register("olga");
  const room = await owner.create();
  const path = `/rooms/${room}`;
  await owner.join(room, 3, "Olga");
  const { sessionId } = (await owner.call("GET", `${path}/state`)).body;
  const joined = told(last(stage, "participant-joined"));
  const { id, meeting_uuid: _, ...who } = joined.data;
  assert.equal(id.length, 36);
  assert.deepEqual(who, {
    caller_id_name: "Olga",
    caller_id_number: "",
    call_id: sessionId,
    user_uuid: "olga",
    room,
    role: "moderator",
    owner: true,
    participants: 1,
  });
  await owner.call("PATCH", path, { body: { roomName: "other" } });
  const updated = told(last(stage, "room-updated"));
  assert.equal(updated.name, "meeting_updated");
  assert.deepEqual([updated.data.name, updated.data.owner, updated.data.room], [
    "other",
    "olga",
    room,
  ]);
  stage.clock.move(300_000);
  await eventually("the lease has ended", () => {
    return Promise.resolve(last(stage, "participant-left") !== undefined);
  });
  const left = told(last(stage, "participant-left"));
  assert.deepEqual([left.name, left.data.reason, left.data.user_uuid, left.data.participants], [
    "meeting_user_participant_left",
    "expired",
    "olga",
    0,
  ]);
  await owner.call("DELETE", path);
  const deleted = told(last(stage, "room-deleted"));
  assert.deepEqual([deleted.name, deleted.data.reason], ["meeting_deleted", "deleted"]);
  const ids = stage.published.map((event) => event.id);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("R95: a session whose token was taken back is no session any more", async () => {
  await using stage = await Stage.open();
  const [olga, nobody] = [await stage.at.register("olga"), await stage.at.register()];
  assert.equal((await olga.call("GET", "/rooms")).status, 200);
  stage.revoked = true;
  assert.deepEqual(errorOf(await olga.call("GET", "/rooms")), [401, 110, "Unknown credentials"]);
  assert.equal((await nobody.call("GET", "/rooms")).status, 200, "it was made without one");
});
