/**
 * What mod_waiting_queue_visitors.lua of a visitors' Prosody says to the queue.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  hasProsody,
  ProsodyServer,
  VISITOR_DOMAIN,
  XMPP_DOMAIN,
  XMPP_MUC_DOMAIN,
} from "../support/prosody_server.ts";
import { eventually } from "../support/eventually.ts";
import { RecordedQueue } from "../support/recorded_queue.ts";
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

function events(queue: RecordedQueue): unknown[] {
  return queue.told.filter(({ status }) => status === 200).flatMap(({ body }) => body.events);
}

test("visitors' joins and leaves are told in order; the main meeting's people are not", async () => {
  await using queue = new RecordedQueue();
  let away = true;
  queue.answer = () => away ? 503 : 200;
  await using prosody = await ProsodyServer.start(queue.url, { visitors: true, options: OPTIONS });
  // From another domain, as those of the main meeting.
  await using _focus = await focusIn(prosody, ROOM);
  await using first = await visit(prosody, "a1b2");
  await using _second = await visit(prosody, "c3d4");
  await queue.heard(2);
  await first.leave(ROOM, "a1b2");
  away = false;
  await eventually("three events", () => Promise.resolve(events(queue).length >= 3));
  const about = { meetingId: "meeting-of-townhall", conference: roomOf("townhall") };
  const [one, two] = [
    { ...about, visitorId: "a1b2", name: "Name of a1b2" },
    { ...about, visitorId: "c3d4", name: "Name of c3d4" },
  ];
  const told = events(queue) as { readonly name: string }[];
  assert.deepEqual(told.slice(0, 2), [{ ...one, event: "join" }, { ...two, event: "join" }]);
  const { name: _name, ...left } = told[2]!;
  const { name: _one, ...expected } = one;
  assert.deepEqual(left, { ...expected, event: "leave" });
  assert.ok(queue.told.every(({ path }) => path === "/visitors-list/events"));
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
