/**
 * A whole meeting: the service, Debian's Prosody with the module, and jitsi-meet's visitors on
 * @stomp/stompjs.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { JitsiMeetClient } from "../support/jitsi_meet_client.ts";
import { freePort } from "../support/operator.ts";
import {
  hasProsody,
  kitKeys,
  ProsodyServer,
  XMPP_DOMAIN,
  XMPP_MUC_DOMAIN,
} from "../support/prosody_server.ts";
import { Service } from "../support/service.ts";
import { STOMPJS_7 } from "../support/stomp_libraries.ts";
import { systemToken, visitorToken } from "../support/tokens.ts";
import { clickGoLive, focusIn, roomOf, someoneIn } from "./rooms.ts";

const NAME = "townhall";
const ROOM = roomOf(NAME);

function test(name: string, run: () => Promise<void>): void {
  if (hasProsody()) Deno.test(name, run);
}

/** A service that believes Prosody, and the tests' own system tokens, by which they look at it. */
async function startService(port = 0): Promise<Service> {
  const { publicKeys } = await kitKeys();
  return await Service.start({
    PORT: String(port),
    XMPP_DOMAIN,
    XMPP_MUC_DOMAIN,
    SYSTEM_JWT_PUBLIC_KEY: publicKeys,
  });
}

async function waiter(service: Service): Promise<JitsiMeetClient> {
  const visitor = new JitsiMeetClient(STOMPJS_7.newest);
  visitor.waitForLive(`${service.ws}/waiting-queue`, ROOM, await visitorToken(NAME));
  await visitor.logged("connected");
  return visitor;
}

/** Resolves when the service says this of the conference. */
async function shows(service: Service, status: string, visitorsWaiting: number): Promise<void> {
  const headers = { authorization: `Bearer ${await systemToken()}` };
  await eventually(`${status}, ${visitorsWaiting} waiting`, async () => {
    const response = await fetch(`${service.http}/conferences/${ROOM}`, { headers });
    const view = await response.json();
    return view.status === status && view.visitorsWaiting === visitorsWaiting;
  });
}

test("a visitor waits until the moderator goes live; after the meeting the next one waits again", async () => {
  await using service = await startService();
  await using prosody = await ProsodyServer.start(`${service.http}/waiting-queue`);
  for (const meeting of ["first", "second of the same name"]) {
    await using visitor = await waiter(service);
    const focus = await focusIn(prosody, ROOM);
    const moderator = await someoneIn(prosody, ROOM, "moderator");
    await shows(service, "waiting", 1);
    assert.equal(visitor.messages.length, 0, meeting);
    clickGoLive(moderator, ROOM);
    await visitor.logged("joined");
    assert.equal(visitor.messages.length, 1, meeting);
    assert.equal(visitor.count("error"), 0);
    await moderator[Symbol.asyncDispose]();
    await focus[Symbol.asyncDispose]();
    await shows(service, "waiting", 0);
  }
});

test("when a meeting stops being live, later visitors wait, and are told when it is live again", async () => {
  await using service = await startService();
  await using prosody = await ProsodyServer.start(`${service.http}/waiting-queue`);
  await using _focus = await focusIn(prosody, ROOM);
  await using moderator = await someoneIn(prosody, ROOM, "moderator");
  clickGoLive(moderator, ROOM);
  await shows(service, "live", 0);
  await using early = await waiter(service);
  await early.logged("joined");
  moderator.setMetadata(ROOM, "visitors", { live: false });
  await shows(service, "waiting", 0);
  await using late = await waiter(service);
  await shows(service, "waiting", 1);
  assert.equal(late.messages.length, 0);
  clickGoLive(moderator, ROOM);
  await late.logged("joined");
  assert.equal(late.messages.length, 1);
});

test("the queue is away when the meeting goes live, comes back, and its visitor is told", async () => {
  const port = freePort();
  await using prosody = await ProsodyServer.start(`http://127.0.0.1:${port}/waiting-queue`);
  await using _focus = await focusIn(prosody, ROOM);
  await using moderator = await someoneIn(prosody, ROOM, "moderator");
  clickGoLive(moderator, ROOM);
  await eventually(
    "a go-live that failed",
    async () => /\/golive townhall@\S+ failed/.test(await prosody.log()),
  );
  await using service = await startService(port);
  await using visitor = await waiter(service);
  await visitor.logged("joined");
  assert.equal(visitor.messages.length, 1);
});
