import assert from "node:assert/strict";
import { eachFront } from "../support/fronts.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompPy, stompPyAvailable } from "../support/stomp_py.ts";
import { VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";

const ROOM = "großer-saal-会議室";
const CONFERENCE = `${ROOM}@conference.acme.meet.example`;
const VERSIONS = ["1.1", "1.2"] as const;
/** stomp.py grants the first beat three intervals and each later one half an interval of grace. */
const BEATS = 8;

if (stompPyAvailable()) {
  eachFront("C52: stomp.py gets its beats in time, is told, and leaves in order", async (env) => {
    // Scaled: 600 ms for 10 s. stomp.py ends the connection 900 ms after the last octet.
    await using service = await Service.start({ ...env, HEARTBEAT_MS: "600" });
    const token = await visitorToken(ROOM);
    const visitors = VERSIONS.map((version) => {
      const url = `${service.ws}/waiting-queue/visitor/websocket`;
      const destination = VISITOR_TOPIC + CONFERENCE;
      return new StompPy({ url, token, destination, beatMs: 600, version });
    });
    await using stack = new AsyncDisposableStack();
    for (const visitor of visitors) stack.use(visitor);
    await Promise.all(visitors.map(async (visitor, i) => {
      const { headers } = await visitor.first("connected");
      assert.equal(headers!.version, VERSIONS[i]);
      await visitor.first("receipt");
      await visitor.until(() => visitor.count("beat") >= BEATS || visitor.count("end") > 0);
    }));
    assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, VERSIONS.length);
    for (const visitor of visitors) {
      await visitor.ended();
      const { headers, body } = await visitor.first("message");
      assert.equal(headers!.destination, VISITOR_TOPIC + CONFERENCE);
      assert.equal(JSON.parse(body!).conference, CONFERENCE);
      assert.equal(visitor.count("silence"), 0);
      assert.equal(visitor.count("error"), 0);
      assert.equal(visitor.count("message"), 1);
      assert.equal(visitor.count("receipt"), 2, "one for SUBSCRIBE, one for DISCONNECT");
    }
  });

  Deno.test("C44: stomp.py is told of a bad token", async () => {
    await using service = await Service.start();
    await using visitor = new StompPy({
      url: `${service.ws}/visitor`,
      token: "not-a-token",
      destination: VISITOR_TOPIC + CONFERENCE,
      beatMs: 10_000,
      version: "1.2",
    });
    await visitor.ended();
    assert.deepEqual(visitor.events.map(({ event }) => event), [
      "error",
      "disconnected",
      "refused",
    ]);
    assert.equal((await visitor.first("error")).headers!.message, "Authentication failed");
  });
}
