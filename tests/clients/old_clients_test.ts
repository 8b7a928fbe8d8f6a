import assert from "node:assert/strict";
import { eachSetup } from "../e2e/setups.ts";
import { eachFront } from "../support/fronts.ts";
import { OldVisitor } from "../support/old_visitor.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { type OldClient, STOMPJS_2, WEBSTOMP } from "../support/stomp_libraries.ts";
import { VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";

const ROOM = "großer-saal-конференция-会議室-🎥";
const CONFERENCE = `${ROOM}@conference.acme.meet.example`;

/** How the libraries offer themselves to a service, each in the ways that it has. */
const CLIENTS: Readonly<Record<string, (url: string) => OldClient>> = {
  "stompjs 2.3.3": (url) => STOMPJS_2.over(new WebSocket(url, ["v10.stomp", "v11.stomp"])),
  "stompjs 2.3.3 without subprotocol": (url) => STOMPJS_2.over(new WebSocket(url)),
  "webstomp-client 1.2.6": (url) =>
    WEBSTOMP.over(new WebSocket(url, ["v10.stomp", "v11.stomp", "v12.stomp"])),
  "webstomp-client 1.2.6, binary": (url) => WEBSTOMP.over(new WebSocket(url), { binary: true }),
};

/** Ends a visitor as its library does, and waits for the end of the socket. */
async function leave({ client }: OldVisitor): Promise<void> {
  const { ws } = client as unknown as { ws: WebSocket };
  const closed = new Promise((resolve) => ws.addEventListener("close", resolve));
  client.disconnect();
  await closed;
}

eachSetup(
  "C03, C11: older libraries wait and are told, names of any script intact",
  async (env) => {
    await using service = await Service.start(env);
    const token = await visitorToken(ROOM);
    const visitors = Object.values(CLIENTS).map((open) =>
      new OldVisitor(open(`${service.ws}/waiting-queue/visitor/websocket`))
    );
    await Promise.all(visitors.map((visitor) => visitor.wait(token, CONFERENCE)));
    const { visitorsWaiting } = await goLive(service, CONFERENCE);
    assert.equal(visitorsWaiting, visitors.length);
    for (const visitor of visitors) {
      await visitor.until(() => visitor.told.length > 0);
      const [{ headers, body }] = visitor.told as [OldVisitor["told"][number]];
      assert.equal(headers.destination, VISITOR_TOPIC + CONFERENCE);
      assert.deepEqual(JSON.parse(body), {
        conference: CONFERENCE,
        status: "live",
        randomDelayMs: 0,
      });
      await leave(visitor);
      assert.equal(visitor.told.length, 1);
      assert.deepEqual(visitor.failures, []);
    }
  },
);

eachFront("C52: older libraries get the beats without which they would close", async (env) => {
  // Scaled: 400 ms for 10 s. Both libraries close after two intervals of silence.
  await using service = await Service.start({ ...env, HEARTBEAT_MS: "400" });
  const token = await visitorToken(ROOM);
  const visitors = Object.values(CLIENTS).map((open) =>
    new OldVisitor(open(service.ws + "/visitor"), 400)
  );
  await Promise.all(visitors.map(async (visitor) => {
    await visitor.wait(token, CONFERENCE);
    await visitor.until(() => visitor.beats >= 6 || visitor.failures.length > 0);
    assert.deepEqual(visitor.failures, []);
    await leave(visitor);
  }));
});

eachFront("C44: older libraries are told of a bad token before the end", async (env) => {
  await using service = await Service.start(env);
  const token = await visitorToken(ROOM, { secret: "the-secret-of-somebody-else-0123456789" });
  for (const open of Object.values(CLIENTS)) {
    const visitor = new OldVisitor(open(`${service.ws}/visitor`));
    await assert.rejects(visitor.wait(token, CONFERENCE), {
      command: "ERROR",
      body: "Authentication failed",
    });
    // stompjs 2 gives the end as a text, webstomp-client as the event.
    await visitor.until(() => visitor.failures.length === 2);
  }
});
