/**
 * What mod_waiting_queue_visitors.lua of a visitors' Prosody says to the queue.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  hasProsody,
  kitKeys,
  ProsodyServer,
  VISITOR_DOMAIN,
  XMPP_DOMAIN,
  XMPP_MUC_DOMAIN,
} from "../support/prosody_server.ts";
import { eventually } from "../support/eventually.ts";
import { RecordedQueue } from "../support/recorded_queue.ts";
import { Service } from "../support/service.ts";
import { clientToken } from "../support/tokens.ts";
import { VisitorsListClient } from "../support/visitors_list_client.ts";
import { XmppClient } from "../support/xmpp_client.ts";
import { focusIn, roomOf } from "./rooms.ts";

const ROOM = `townhall@conference.${VISITOR_DOMAIN}`;
const OPTIONS = `waiting_queue_main_muc = "${XMPP_MUC_DOMAIN}"`;

function test(name: string, run: () => Promise<void>): void {
  if (hasProsody()) Deno.test(name, run);
}

async function visit(prosody: ProsodyServer, nick: string): Promise<XmppClient> {
  const visitor = await XmppClient.connect(prosody.url, { domain: VISITOR_DOMAIN });
  await visitor.join(ROOM, nick);
  return visitor;
}

/** What the queue has taken. */
function events(queue: RecordedQueue): { name: string; event: string; visitorId: string }[] {
  return queue.told.filter(({ status }) => status === 200)
    .flatMap(({ body }) => body.events as { name: string; event: string; visitorId: string }[]);
}

test("visitors' joins and leaves are told in order; the main meeting's people are not", async () => {
  await using queue = new RecordedQueue();
  let away = true;
  queue.answer = () => away ? 503 : 200;
  await using prosody = await ProsodyServer.start(queue.url, { visitors: true, options: OPTIONS });
  // From another domain, as those of the main meeting.
  await using _focus = await focusIn(prosody, ROOM);
  await using first = await visit(prosody, "a1b2");
  await using second = await visit(prosody, "c3d4");
  await queue.heard(2);
  second.setName(ROOM, "c3d4", "Ann");
  await first.leave(ROOM, "a1b2");
  away = false;
  await eventually("four events", () => Promise.resolve(events(queue).length >= 4));
  const about = { meetingId: "meeting-of-townhall", conference: roomOf("townhall") };
  const [one, two] = [
    { ...about, visitorId: "a1b2", name: "Name of a1b2" },
    { ...about, visitorId: "c3d4", name: "Name of c3d4" },
  ];
  const told = events(queue);
  assert.deepEqual(told.slice(0, 2), [{ ...one, event: "join" }, { ...two, event: "join" }]);
  // These two were sent on connections of their own.
  const rest = told.slice(2).toSorted((a, b) => a.visitorId.localeCompare(b.visitorId));
  assert.deepEqual(rest, [{ ...one, event: "leave" }, { ...two, name: "Ann", event: "join" }]);
  assert.ok(queue.told.every(({ path }) => path === "/visitors-list/events"));
});

test("the queue lists a meeting's visitors, and one that it refuses keeps no other out", async () => {
  const { publicKeys } = await kitKeys();
  await using service = await Service.start({
    DOORS: "queue,visitors-list",
    VISITORS_LIST_INTERVAL_MS: "50",
    XMPP_DOMAIN,
    XMPP_MUC_DOMAIN,
    SYSTEM_JWT_PUBLIC_KEY: publicKeys,
  });
  const queue = `${service.http}/waiting-queue`;
  await using prosody = await ProsodyServer.start(queue, { visitors: true, options: OPTIONS });
  // The queue takes no nick like this.
  const nicks = ["a1b2", "not%20ascii-ü", "c3d4", "e5f6", "0".repeat(65), "g7h8"];
  await using stack = new AsyncDisposableStack();
  stack.use(await focusIn(prosody, ROOM));
  for (const nick of nicks) stack.use(await visit(prosody, nick));
  const context = { user: { id: "u" }, features: { "list-visitors": true } };
  const token = await clientToken("townhall", {}, { claims: { context } });
  const options = { meetingId: "meeting-of-townhall", token };
  await using list = new VisitorsListClient(`${service.ws}/waiting-queue`, options);
  await list.until(() => list.ids.length === 4);
  assert.deepEqual(list.ids, ["a1b2", "c3d4", "e5f6", "g7h8"]);
  assert.equal(list.visitors.find(({ id }) => id === "c3d4")?.name, "Name of c3d4");
});

test("a meeting's list ends with the meeting, where that is set", async () => {
  await using queue = new RecordedQueue();
  const options = "waiting_queue_visitors_list = true";
  await using prosody = await ProsodyServer.start(queue.url, { options });
  const room = roomOf("townhall");
  await using focus = await focusIn(prosody, room);
  await queue.heard(1);
  await focus.leave(room, "focus");
  await queue.heard(2);
  assert.deepEqual(queue.told.map(({ path, body }) => ({ path, body })), [
    { path: "/endlive", body: { conference: `townhall@conference.${XMPP_DOMAIN}` } },
    { path: "/visitors-list/end", body: { meetingId: "meeting-of-townhall" } },
  ]);
});
