import assert from "node:assert/strict";
import { eachSetup } from "../e2e/setups.ts";
import { AsapBackend } from "../support/asap_backend.ts";
import { prosodies } from "../support/prosody.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";

/** The room as the browser wrote it; Prosody leaves it so in the JID. */
const ROOM = "r%20oom%c3%a9";
const CONFERENCE = `${ROOM}@conference.acme.meet.example`;
const XMPP = { XMPP_DOMAIN: "meet.example", XMPP_MUC_DOMAIN: "conference.meet.example" };
const FIFTY_MINUTES_SEC = 50 * 60;

for (const [client, postGoLive] of Object.entries(prosodies())) {
  eachSetup(
    `J31: Prosody goes live with its token, and is refused without (${client})`,
    async (env) => {
      await using backend = new AsapBackend();
      await using service = await Service.start({ ...env, ...XMPP, ...backend.env });
      const token = await visitorToken(ROOM, { claims: { sub: "acme" } });
      using visitor = await StompSocket.visitor(service.port, token, CONFERENCE);

      const refused = await postGoLive(service, { conference: CONFERENCE, authorization: "" });
      assert.equal(refused.status, 401);
      assert.match(JSON.parse(refused.content).detail, /Authorization/);

      // The token that Prosody keeps for its hour, and the room that is made again in between.
      const authorization = `Bearer ${await backend.prosodyToken(FIFTY_MINUTES_SEC)}`;
      for (const visitorsWaiting of [1, 0]) {
        const { status, content } = await postGoLive(service, {
          conference: CONFERENCE,
          authorization,
        });
        assert.equal(status, 200);
        assert.deepEqual(JSON.parse(content), {
          conference: CONFERENCE,
          status: "live",
          visitorsWaiting,
        });
      }
      assert.equal((await visitor.message()).status, "live");
      assert.ok(backend.keys.requests.length <= Number(env.WORKERS), "once for each worker");
    },
  );
}
