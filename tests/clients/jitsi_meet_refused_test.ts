/**
 * The queue's client of jitsi-meet where it is refused, or has to be let in by a setting.
 *
 * @module
 */

import assert from "node:assert/strict";
import { get } from "../support/operator.ts";
import { JitsiMeetClient } from "../support/jitsi_meet_client.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { STOMPJS_7 } from "../support/stomp_libraries.ts";
import { clientToken, moderatorToken, visitorToken } from "../support/tokens.ts";

const CONFERENCE = "room@conference.meet.example";
const QUICK = { reconnectDelay: 20 };

Deno.test("a participant's tab gives up after five errors: it is refused before CONNECTED", async () => {
  await using service = await Service.start();
  await using tab = new JitsiMeetClient(STOMPJS_7.newest, QUICK);
  tab.watchCount(`${service.ws}/waiting-queue`, CONFERENCE, await clientToken("room", {}));
  await tab.logged("gave up");
  assert.equal(tab.connectCount, 0);
  assert.equal(tab.count("error: Access refused"), 5);
});

Deno.test("a tab that is refused at SUBSCRIBE comes back for ever, and is slowed down", async () => {
  await using service = await Service.start();
  await using tab = new JitsiMeetClient(STOMPJS_7.newest, QUICK);
  tab.waitForLive(`${service.ws}/waiting-queue`, CONFERENCE, await moderatorToken("room"));
  await tab.until(() => tab.connectCount === 2);
  const came = performance.now();
  await tab.until(() => tab.count("error: Access refused") === 2);
  assert.ok(performance.now() - came > 4_000, "the second refusal is held back");
  const { body } = await get(`${service.http}/metrics`);
  assert.match(body, /^waiting_queue_refusals_slowed_total 1$/m);
  assert.match(body, /^waiting_queue_auth_refused_total\{code="role"\} 2$/m);
});

Deno.test("MODERATOR_ANY_ROLE lets a tab watch that is moderator in the room and not in its token", async () => {
  await using service = await Service.start({ MODERATOR_ANY_ROLE: "1" });
  const url = `${service.ws}/waiting-queue`;
  await using tab = new JitsiMeetClient(STOMPJS_7.newest);
  tab.watchCount(url, CONFERENCE, await clientToken("room", { name: "Ann" }));
  await tab.logged("told");
  assert.deepEqual(tab.messages, [{ conference: CONFERENCE, visitorsWaiting: 0 }]);
  await using elsewhere = new JitsiMeetClient(STOMPJS_7.newest, QUICK);
  elsewhere.watchCount(url, CONFERENCE, await clientToken("other", { name: "Bob" }));
  await elsewhere.logged("error: Access refused");
});

Deno.test("the paths of 8x8 are served with their BASE_PATH", async () => {
  await using service = await Service.start({ BASE_PATH: "/v1/_jaas/waiting-queue" });
  await using tab = new JitsiMeetClient(STOMPJS_7.newest);
  tab.waitForLive(`${service.ws}/v1/_jaas/waiting-queue`, CONFERENCE, await visitorToken("room"));
  await tab.logged("connected");
  await goLive(service, CONFERENCE);
  await tab.logged("joined");
  const golive = await fetch(`${service.http}/v1/_jaas/waiting-queue/golive`, { method: "POST" });
  await golive.body?.cancel();
  assert.equal(golive.status, 401);
});

Deno.test("React Native's Origin, the queue's own, passes ALLOWED_ORIGINS on both fronts", async () => {
  for (const WEBSOCKET_SERVER of ["ws", "deno"]) {
    const env = { WEBSOCKET_SERVER, ALLOWED_ORIGINS: "https://meet.example" };
    await using service = await Service.start(env);
    const status = async (Origin: string) => {
      using socket = await RawWebSocket.handshake(service.port, { headers: { Origin } });
      return socket.status;
    };
    assert.equal(await status(service.http), 101);
    assert.equal(await status("http://127.0.0.1:1"), 403);
  }
});
