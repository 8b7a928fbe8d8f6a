/**
 * The Redis commands of a go-live, a count and a visitor, of real processes.
 *
 *     deno run --allow-all tests/sim/measure_go_live.ts
 *
 * @module
 */

import { pause, print } from "../measure/setting.ts";
import { RedisServer } from "../support/redis.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { moderatorToken, visitorToken } from "../support/tokens.ts";

const CONFERENCE = "town@conference.meet.example";
const INTERVAL_MS = 2_000;
const COUNTS = 5;

await using redis = await RedisServer.start();
const settings = { REDIS_URL: redis.url, RELEASE_RATE: "50", STATE_INTERVAL_MS: `${INTERVAL_MS}` };
await using home = await Service.start(settings);
await using other = await Service.start(settings);

/** How often each command was called while `work` went on. Probes are publications too. */
async function say(what: string, work: () => Promise<unknown>): Promise<void> {
  await redis.command(["CONFIG", "RESETSTAT"]);
  await work();
  const [text] = await redis.command(["INFO", "commandstats"]);
  const calls = [...String(text).matchAll(/cmdstat_([\w|]+):calls=(\d+)/g)]
    .filter(([, name]) => !/config|info|client|command/.test(name!))
    .map(([, name, count]) => `${name} ${count}`);
  print(`${what.padEnd(46)} ${calls.join(", ")}`);
}

const token = await visitorToken("*");
const sockets: StompSocket[] = [];
const visitor = async (service: Service) => {
  sockets.push(await StompSocket.visitor(service.port, token, CONFERENCE));
  await pause(300);
};

await say("nothing, for 10 s (two probes a process)", () => pause(10_000));
await say("the first visitor of one process", () => visitor(home));
await say("the second", () => visitor(home));
await say("the first of the other process", () => visitor(other));
await say("a go-live by a process that has it", async () => {
  await goLive(home, CONFERENCE);
  await pause(300);
});
for (const socket of sockets) socket[Symbol.dispose]();
await pause(5_000);

const moderated = "hall@conference.meet.example";
using _visitor = await StompSocket.visitor(other.port, token, moderated);
using _moderator = await StompSocket.moderator(home.port, await moderatorToken("*"), moderated);
await pause(INTERVAL_MS);
await say(`a moderator, for ${COUNTS} intervals`, () => pause(COUNTS * INTERVAL_MS));
