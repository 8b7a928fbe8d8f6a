/**
 * Outages as shipped clients of jitsi-meet see them (F12): they come back every five seconds and give
 * up at the fifth error in a row. Here the time between two tries is shorter, and the outage is
 * measured in tries: it ends after so many as there are in 5, 15 and 24 seconds.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Tab } from "../support/browser.ts";
import { chromiumAvailable } from "../support/chromium.ts";
import { JitsiMeetClient } from "../support/jitsi_meet_client.ts";
import { servePage, waitScript } from "../support/jitsi_meet_page.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { STOMPJS_7 } from "../support/stomp_libraries.ts";
import { visitorToken } from "../support/tokens.ts";
import { Balancer } from "./balancer.ts";

const CONFERENCE = "townhall@conference.meet.example";
/** For the five seconds of the shipped client. */
const SCALED = { reconnectDelay: 500 };
/** So long that nothing which a busy machine holds up takes a try. */
const SCALED_TO_THE_LAST = { reconnectDelay: 1_000 };
const REFUSED = "error of the socket";

/** A machine that will be killed, another that is there after it, and what stands before both. */
interface Scene {
  readonly balancer: Balancer;
  readonly queueService: string;
  readonly token: string;
  /** `kill -9`; from now on every connection is refused. Meanwhile it goes live. */
  kill(): Promise<void>;
  /** Connections are taken again, in this moment. */
  recover(): void;
}

async function overOutage(play: (scene: Scene) => Promise<void>): Promise<void> {
  if (!redisAvailable()) return;
  await using redis = await RedisServer.start();
  await using before = await Service.start({ REDIS_URL: redis.url });
  await using after = await Service.start({ REDIS_URL: redis.url });
  await using balancer = new Balancer([before.port]);
  await play({
    balancer,
    queueService: `ws://127.0.0.1:${balancer.port}/waiting-queue`,
    token: await visitorToken("townhall"),
    async kill() {
      before.kill("SIGKILL");
      await Promise.all([before.exited, balancer.shut()]);
      await goLive(after, CONFERENCE);
    },
    recover() {
      balancer.targets = [after.port];
      balancer.open();
    },
  });
}

// The runtime's WebSocket calls the broken connection itself an error, which no browser does: here
// the clients have one try less.
for (const [outage, tries] of [["5", 1], ["15", 3]] as const) {
  Deno.test(`F12: after an outage of ${outage} s all come back, and are told of the go-live in it`, async () => {
    await overOutage(async ({ queueService, token, kill, recover }) => {
      await using stack = new AsyncDisposableStack();
      const clients = Object.values(STOMPJS_7).flatMap((Client) =>
        [1, 2].map(() => stack.use(new JitsiMeetClient(Client, SCALED)))
      );
      for (const client of clients) client.waitForLive(queueService, CONFERENCE, token);
      await Promise.all(clients.map((client) => client.logged("connected")));
      await kill();
      const [first] = clients;
      await first!.until(() => first!.count(REFUSED) >= 1 + tries);
      recover();
      for (const client of clients) {
        await client.logged("joined");
        assert.equal(client.messages.length, 1);
        assert.ok(client.count(REFUSED) >= tries, client.log.join("\n"));
      }
    });
  });
}

if (chromiumAvailable()) {
  /** Visitors in one tab. Scripts refer to them as `visitors`. */
  const inChromium = async (
    { queueService, token }: Scene,
    play: (evaluate: (script: string) => Promise<unknown>) => Promise<void>,
  ) => {
    await using files = servePage();
    await using tab = await Tab.open();
    await tab.page.goto(`http://127.0.0.1:${files.addr.port}/`);
    const visitor = { queueService, conference: CONFERENCE, token, scaled: SCALED_TO_THE_LAST };
    await tab.page.evaluate("globalThis.visitors = []");
    for (const name of ["visitors[0]", "visitors[1]"]) {
      await tab.page.evaluate(waitScript({ name, ...visitor }));
      await tab.page.evaluate(`${name}.logged("connected")`);
    }
    await play((script) => tab.page.evaluate(script));
  };

  Deno.test("F12: Chromium comes back after an outage of 24 s, and is told of the go-live in it", async () => {
    await overOutage(async (scene) => {
      await inChromium(scene, async (evaluate) => {
        await scene.kill();
        await evaluate(`visitors[0].until(() => visitors[0].count("${REFUSED}") === 4)`);
        scene.recover();
        await evaluate(`Promise.all(visitors.map((visitor) => visitor.logged("joined")))`);
        assert.deepEqual(await evaluate("visitors.map(({ messages }) => messages.length)"), [1, 1]);
        assert.deepEqual(await evaluate("visitors.map(({ retriesCount }) => retriesCount)"), [
          0,
          0,
        ]);
      });
    });
  });
}
