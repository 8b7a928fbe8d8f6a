/**
 * What happens to conferences, as clients hear it: W91, W93, W99 of docs/cases/events.md.
 *
 * @module
 */

import assert from "node:assert/strict";
import { meetingUuid, uuidOfUrl } from "../../../src/doors/events/meeting_uuid.ts";
import { TABLE } from "../../../src/doors/events/table.ts";
import { eachFront, type Rule } from "../../e2e/setups.ts";
import { EventsClient, type Json } from "../../support/events_client.ts";
import { endLive, goLive } from "../../support/rest.ts";
import { Service } from "../../support/service.ts";
import { StompSocket } from "../../support/stomp_socket.ts";
import { clientToken, moderatorToken, systemToken } from "../../support/tokens.ts";

const ENV = {
  DOORS: "queue,events",
  XMPP_DOMAIN: "meet.example",
  XMPP_MUC_DOMAIN: "conference.meet.example",
  STATE_INTERVAL_MS: "200",
  RELEASE_RATE: "0",
  RANDOM_DELAY_MS: "1500",
};
const NAMES = Object.values(TABLE).map(({ name }) => name);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A conference of tenant `acme`, of which nobody else has heard. */
function newConference(): { room: string; key: string; c: string } {
  const room = `r${crypto.randomUUID().slice(0, 8)}`;
  const key = `${room}@conference.acme.meet.example`;
  return { room, key, c: key.replaceAll(".", "__DOT__") };
}

/** A visitor of the user `v1` who waits. */
async function visitor(service: Service, room: string, key: string): Promise<StompSocket> {
  const user = { id: "v1", name: "Vera", role: "visitor" };
  const token = await clientToken(room, user, { claims: { sub: "acme" } });
  return await StompSocket.visitor(service.port, token, key);
}

/** Hears everything of a conference; a backend without limits unless a token is given. */
async function listener(service: Service, token?: string): Promise<EventsClient> {
  return await EventsClient.started(service, NAMES, { token: token ?? await systemToken() });
}

function eventOf(client: EventsClient, name: string, key: string): Promise<Json> {
  return client.event(name, ({ conference }) => conference === key);
}

/** What all events have, and the rest of `data`. */
function rest(event: Json, key: string, acl: string): Json {
  const { name: _, id, origin_uuid, tenant_uuid, conference, required_acl, timestamp, data } =
    event;
  const members = [
    "conference",
    "data",
    "id",
    "name",
    "origin_uuid",
    "required_acl",
    "tenant_uuid",
  ];
  assert.deepEqual(Object.keys(event).sort(), [...members, "timestamp"]);
  assert.match(String(id), UUID);
  assert.match(String(origin_uuid), UUID);
  assert.match(String(timestamp), TIME);
  assert.deepEqual([tenant_uuid, conference, required_acl], ["acme", key, acl]);
  const { meeting_uuid, ...others } = data as Json;
  assert.equal(meeting_uuid, meetingUuid(key));
  return others;
}

Deno.test("a meeting's UUID is version 5 of its XMPP address", () => {
  // The example of RFC 9562, appendix A.4, has another namespace; this one is of Python's uuid5.
  assert.equal(uuidOfUrl("http://python.org/"), "4c565f0d-3f5a-5890-b41b-20cf47701c5e");
  assert.match(meetingUuid("a@b"), UUID);
});

const rules: Record<string, Rule> = {
  async "W99: live and ended, each once, not at a repeated go-live"(service) {
    const { room, key, c } = newConference();
    await using client = await listener(service);
    await goLive(service, key);
    await goLive(service, key);
    const acl = `events.conferences.${c}.progress`;
    const live = rest(await eventOf(client, "meeting_user_progress", key), key, acl);
    const uuid = meetingUuid(key);
    assert.match(String(live["live_since"]), TIME);
    const members = { uuid, name: room, live_since: live["live_since"], visitors_waiting: 0 };
    assert.deepEqual(live, { ...members, status: "live" });
    await endLive(service, key);
    const ended = rest(await eventOf(client, "meeting_user_progress", key), key, acl);
    assert.deepEqual(ended, { ...members, status: "ended", reason: "endlive" });
    await endLive(service, key);
    await goLive(service, key);
    const again = rest(await eventOf(client, "meeting_user_progress", key), key, acl);
    assert.equal(again["status"], "live");
    assert.notEqual(again["live_since"], live["live_since"]);
    await endLive(service, key);
  },

  async "W99: a visitor who comes and is told, to all and to itself; and the count"(service) {
    const { room, key, c } = newConference();
    await using client = await listener(service);
    const user = { id: "v1", role: "visitor" };
    const token = await clientToken(room, user, { claims: { sub: "acme" } });
    await using own = await listener(service, token);
    using _visitor = await visitor(service, room, key);
    const count = await eventOf(client, "meeting_user_visitors_waiting_updated", key);
    const countAcl = `events.conferences.${c}.visitors_waiting.updated`;
    assert.deepEqual(rest(count, key, countAcl), { visitors_waiting: 1 });
    const acl = `events.conferences.${c}.guest_authorizations.`;
    const created = await eventOf(client, "meeting_user_guest_authorization_created", key);
    const guest = rest(created, key, `${acl}created`);
    assert.match(String(guest["uuid"]), UUID);
    assert.match(String(guest["creation_time"]), TIME);
    const { uuid, creation_time } = guest;
    const members = { uuid, guest_uuid: "v1", guest_name: "Vera", creation_time };
    assert.deepEqual(guest, { ...members, status: "pending" });
    await goLive(service, key);
    const updated = await eventOf(client, "meeting_user_guest_authorization_updated", key);
    assert.deepEqual(rest(updated, key, `${acl}updated`), { ...members, status: "accepted" });
    // W91: a visitor hears of itself, and of nothing else.
    const invited = await own.read();
    assert.equal(invited["name"], "meeting_guest_authorization_updated");
    assert.deepEqual(
      rest(invited, key, "events.users.v1.meeting_guest_authorizations.updated"),
      { ...members, status: "accepted", random_delay_ms: 1500 },
    );
    const none = await eventOf(client, "meeting_user_visitors_waiting_updated", key);
    assert.deepEqual(rest(none, key, countAcl), { visitors_waiting: 0 });
    assert.deepEqual(own.frames, []);
    await endLive(service, key);
  },

  async "W99: a visitor who leaves untold"(service) {
    const { room, key, c } = newConference();
    await using client = await listener(service);
    const socket = await visitor(service, room, key);
    await eventOf(client, "meeting_user_guest_authorization_created", key);
    socket[Symbol.dispose]();
    const left = await eventOf(client, "meeting_user_guest_authorization_deleted", key);
    const acl = `events.conferences.${c}.guest_authorizations.deleted`;
    assert.equal(rest(left, key, acl)["status"], "pending");
  },

  async "W91: a moderator hears of its room in its tenant, and of nothing else"(service) {
    const [mine, other] = [newConference(), newConference()];
    const claims = { sub: "acme" };
    await using moderator = await listener(service, await moderatorToken(mine.room, { claims }));
    const elsewhere = mine.key.replace(".acme.", ".other.");
    using _visitor = await visitor(service, mine.room, mine.key);
    await eventOf(moderator, "meeting_user_guest_authorization_created", mine.key);
    for (const key of [other.key, elsewhere, mine.key]) await goLive(service, key);
    await eventOf(moderator, "meeting_user_progress", mine.key);
    const told = await eventOf(moderator, "meeting_user_guest_authorization_updated", mine.key);
    assert.equal((told["data"] as Json)["guest_uuid"], "v1");
    assert.ok(moderator.frames.every((frame) => JSON.parse(frame).conference === mine.key));
    for (const key of [other.key, elsewhere, mine.key]) await endLive(service, key);
  },

  async "W91: a system token with a room or a tenant hears of these alone"(service) {
    const [mine, other] = [newConference(), newConference()];
    const byRoom = await systemToken({ claims: { room: mine.room } });
    const byTenant = await systemToken({ claims: { sub: "acme" } });
    const elsewhere = mine.key.replace(".acme.", ".other.");
    await using inRoom = await listener(service, byRoom);
    await using inTenant = await listener(service, byTenant);
    for (const key of [elsewhere, other.key, mine.key]) await goLive(service, key);
    const inside = [await inRoom.read(), await inRoom.read()].map((event) => event["conference"]);
    assert.deepEqual(inside.sort(), [elsewhere, mine.key].sort());
    // Of two conferences either may come first.
    const heard: unknown[] = [];
    while (heard.length < 2) {
      const { conference } = await inTenant.read();
      // An end of the rule before may still be on its way.
      if ([elsewhere, other.key, mine.key].includes(conference as string)) heard.push(conference);
    }
    assert.deepEqual(heard.sort(), [other.key, mine.key].sort());
    for (const key of [elsewhere, other.key, mine.key]) await endLive(service, key);
  },

  async "W93: an ACL of its own does not take a moderator out of its room"(service) {
    const [mine, other] = [newConference(), newConference()];
    const claims = { sub: "acme", acl: ["websocketd", "events.#"] };
    await using moderator = await listener(service, await moderatorToken(mine.room, { claims }));
    await goLive(service, other.key);
    await goLive(service, mine.key);
    assert.equal((await moderator.read())["conference"], mine.key);
    for (const key of [other.key, mine.key]) await endLive(service, key);
  },
};

eachFront("the table of events", { ...ENV, WORKERS: "2" }, rules);

Deno.test("W99: ended by its time, once, over four workers", async () => {
  await using service = await Service.start({ ...ENV, WORKERS: "4", LIVE_TTL_SEC: "2" });
  const { key } = newConference();
  await using client = await listener(service);
  const began = performance.now();
  await goLive(service, key);
  assert.equal((await eventOf(client, "meeting_user_progress", key))["conference"], key);
  const ended = await eventOf(client, "meeting_user_progress", key);
  assert.equal((ended["data"] as Json)["reason"], "expired");
  const took = performance.now() - began;
  assert.ok(took >= 1_900 && took < 7_000, `${took} ms`);
  // Another conference's whole life passes, and nothing more is said of the first.
  const other = newConference();
  await goLive(service, other.key);
  for (let told = 0; told < 2;) {
    const { conference } = await client.event("meeting_user_progress");
    assert.equal(conference, other.key);
    told++;
  }
});
