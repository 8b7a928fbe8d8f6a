/**
 * The wall clock of a running service is set two hours on, and then two hours back (F22): nobody who
 * waits is cut, what is live stays live, and a go-live is heard.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EventsClient } from "../support/events_client.ts";
import { metric } from "../support/operator.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { post } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { systemToken, visitorToken } from "../support/tokens.ts";
import { WallClock } from "../support/wall_clock.ts";
import { comeBack, toldOnce, waitAt } from "./line.ts";
import type { Setup } from "./setups.ts";

const LIVE = "live@conference.meet.example";
/** Good before and after each jump. */
const TOKEN = { ttlSec: 24 * 3_600 };
const VISITORS = 3;
/** Time to cut somebody by mistake: several times what beats take. */
const LOOK_MS = 2_500;

/** Resolves with the status of the answer. */
async function goLive(service: Service, conference: string, token = TOKEN): Promise<number> {
  const authorization = `Bearer ${await systemToken(token)}`;
  const response = await post(service, "/golive", { conference }, authorization);
  await response.body?.cancel();
  return response.status;
}

async function holds(env: Setup): Promise<void> {
  await using clock = await WallClock.open();
  await using service = await Service.start({
    ...env,
    ...clock.env,
    HEARTBEAT_MS: "1000",
    DOORS: "queue,events",
  });
  // W98: nobody is cut before its token expires, by whatever clock.
  await using events = await EventsClient.started(service, ["*"], {
    token: await systemToken(TOKEN),
  });
  const token = visitorToken("*", TOKEN);
  assert.equal(await goLive(service, LIVE), 200);
  for (const [i, offset] of ["+2h", "+0", "-2h"].entries()) {
    const conference = `room${i}@conference.meet.example`;
    const waiting = await waitAt(service, conference, VISITORS, token);
    await clock.set(offset);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    assert.equal(await metric(service, "waiting_queue_visitors_waiting"), VISITORS, offset);
    await toldOnce(await comeBack(service, LIVE, 1, token));
    const expired = await goLive(service, conference, { ttlSec: 3_600 });
    assert.equal(expired, offset === "+2h" ? 401 : 200, "the service lives by that clock");
    assert.equal(await goLive(service, conference), 200);
    await toldOnce(waiting);
    assert.ok(events.open, offset);
  }
}

Deno.test("F22: the wall clock jumps, and nobody is lost (embedded store, deno)", async () => {
  if (WallClock.available()) await holds({ WEBSOCKET_SERVER: "deno" });
});

Deno.test("F22: the wall clock jumps, and nobody is lost (Redis, ws)", async () => {
  if (!WallClock.available() || !redisAvailable()) return;
  await using redis = await RedisServer.start();
  await holds({ WEBSOCKET_SERVER: "ws", REDIS_URL: redis.url });
});
