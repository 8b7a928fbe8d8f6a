import assert from "node:assert/strict";
import { eachSetup } from "../e2e/setups.ts";
import { eachFront } from "../support/fronts.ts";
import { JitsiMeetClient } from "../support/jitsi_meet_client.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { STOMPJS_7 } from "../support/stomp_libraries.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { moderatorToken, visitorToken } from "../support/tokens.ts";

/** How a browser writes a room that is not ASCII. */
const ROOM = "r%c3%a4ume%20nord";
const CONFERENCE = `${ROOM}@conference.acme.meet.example`;
/** A peer that is not closed by us after its RECEIPT would be so after two seconds. */
const QUICK_MS = 1_500;

eachSetup("jitsi-meet's visitors wait, are told once, leave at once, and join", async (env) => {
  await using service = await Service.start({
    ...env,
    RANDOM_DELAY_MS: "100",
    STATE_INTERVAL_MS: "100",
  });
  const queueService = `${service.ws}/waiting-queue`;
  await using moderator = new JitsiMeetClient(STOMPJS_7.newest);
  moderator.watchCount(queueService, CONFERENCE, await moderatorToken(ROOM));
  await using first = new JitsiMeetClient(STOMPJS_7.newest);
  await using second = new JitsiMeetClient(STOMPJS_7.oldest);
  for (const visitor of [first, second]) {
    visitor.waitForLive(queueService, CONFERENCE, await visitorToken(ROOM));
  }
  await moderator.until(() => moderator.messages.at(-1)?.visitorsWaiting === 2);
  await goLive(service, CONFERENCE);
  await goLive(service, CONFERENCE);
  for (const visitor of [first, second]) {
    await visitor.logged("joined");
    assert.deepEqual(visitor.messages, [
      { conference: CONFERENCE, status: "live", randomDelayMs: 100 },
    ]);
    assert.equal(visitor.count("error"), 0);
    assert.equal(visitor.count("closed"), 1);
    assert.ok(visitor.deactivatedAfter! < QUICK_MS, `${visitor.deactivatedAfter} ms to leave`);
  }
  await moderator.until(() => moderator.messages.at(-1)?.visitorsWaiting === 0);
  await moderator.disconnect();
  assert.equal(moderator.count("error"), 0);
});

eachFront(
  "C44: a bad token costs one error a try, and the fifth error is the last",
  async (env) => {
    await using service = await Service.start(env);
    const bad = await visitorToken(ROOM, { secret: "the-secret-of-somebody-else-0123456789" });
    for (const Client of Object.values(STOMPJS_7)) {
      await using visitor = new JitsiMeetClient(Client, { reconnectDelay: 20 });
      visitor.waitForLive(service.ws, CONFERENCE, bad);
      await visitor.until(() => visitor.count("gave up") > 0 && visitor.count("closed") === 5);
      assert.deepEqual(visitor.log.filter((entry) => entry.startsWith("error")), [
        ...Array(5).fill("error: Authentication failed"),
      ]);
      // After the fifth error the client closes by itself, before or after our Close comes in.
      const closes = visitor.log.filter((entry) => entry.startsWith("closed"));
      assert.deepEqual(closes.slice(0, 4), Array(4).fill("closed 1008 cleanly"));
      assert.equal(visitor.connectCount, 0);
    }
  },
);

Deno.test("C52: the server promises its beats and asks for one a minute", async () => {
  await using service = await Service.start();
  for (const Client of Object.values(STOMPJS_7)) {
    await using visitor = new JitsiMeetClient(Client);
    visitor.waitForLive(service.ws, CONFERENCE, await visitorToken(ROOM));
    await visitor.logged("connected 10000,60000");
  }
});

eachFront("C52: a client that wants beats gets them, and does not reconnect", async (env) => {
  // Scaled: 400 ms for 10 s, in the service and in the client, which gives up after two of them.
  await using service = await Service.start({ ...env, HEARTBEAT_MS: "400" });
  await using visitor = new JitsiMeetClient(STOMPJS_7.newest, { heartbeatIncoming: 400 });
  visitor.waitForLive(service.ws, CONFERENCE, await visitorToken(ROOM));
  await visitor.until(() => visitor.beats >= 6);
  assert.deepEqual(visitor.log, ["connected 400,60000"]);
});

// One worker: others would hear a moment later that the conference is full.
eachFront("a full conference costs no error, a path that is not served one", async (env) => {
  const most = { MAX_VISITORS_PER_CONFERENCE: "1" };
  await using service = await Service.start({ ...env, ...most });
  const queueService = `${service.ws}/waiting-queue`;
  const token = await visitorToken(ROOM);
  const once = { reconnectDelay: 60_000 };
  using _first = await StompSocket.visitor(service.port, token, CONFERENCE);
  await using second = new JitsiMeetClient(STOMPJS_7.newest, once);
  second.waitForLive(queueService, CONFERENCE, token);
  await second.logged("closed");
  assert.deepEqual(second.log, ["connected 10000,60000", "closed 1013 cleanly"]);
  // The tab of a participant opens it, whether it is served or not.
  await using list = new JitsiMeetClient(STOMPJS_7.newest, once);
  list.connect(`${queueService}/visitors-list/websocket`, "/secured/list", token, () => {});
  await list.logged("closed");
  assert.deepEqual([list.count("error"), list.retriesCount], [1, 1]);
});
