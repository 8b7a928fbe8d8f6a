/**
 * Restarts of one machine after the other, behind a balancer, while visitors of jitsi-meet come and
 * conferences go live (F23); with SIGKILL the same as crashes (F12, F13).
 *
 *     deno run --allow-all tests/measure/rolling.ts [restarts] [machines] [signal] [reconnect ms]
 *
 * The exit code is 1 when a visitor was not told of a go-live that was answered with 200, was told
 * twice, or gave up. Needs redis-server.
 *
 * @module
 */

import { Balancer } from "../e2e/balancer.ts";
import { JitsiMeetClient } from "../support/jitsi_meet_client.ts";
import { freePort, get } from "../support/operator.ts";
import { RedisServer } from "../support/redis.ts";
import { Service } from "../support/service.ts";
import { STOMPJS_7 } from "../support/stomp_libraries.ts";
import { systemToken, visitorToken } from "../support/tokens.ts";
import { machine, pause, print } from "./setting.ts";

const [restarts, machines] = [Number(Deno.args[0] ?? 20), Number(Deno.args[1] ?? 3)];
const signal = (Deno.args[2] ?? "SIGTERM") as "SIGTERM" | "SIGKILL";
/** Of stompjs, which jitsi-meet leaves at 5 s. */
const reconnectDelay = Number(Deno.args[3] ?? 5_000);

const DRAIN_MS = 2_000;
/** A conference begins so often, with so many visitors, and one who comes when it is live. */
const EVERY_MS = 400;
const VISITORS = 6;
/** Visitors come, and it goes live, within this time. */
const WAIT_MS = 6_000;
/** Who was not told this long after the 200 never is: it may have to come back a few times. */
const TOLD_MS = 60_000;
/** How often a backend's proxy asks the next machine. */
const MAX_TRIES = 20;

const sum = { conferences: 0, visitors: 0, told: 0, twice: 0, lost: 0, gaveUp: 0 };
const also = { reconnects: 0, errors: 0, postsAgain: 0 };

async function visit(url: string, conference: string, token: string, live: Promise<void>) {
  sum.visitors++;
  await using client = new JitsiMeetClient(STOMPJS_7.newest, { reconnectDelay });
  client.waitForLive(url, conference, token);
  await live;
  await client.until(() => client.messages.length > 0, TOLD_MS).catch(() => {});
  // A second message would come about now.
  await pause(1_000);
  if (client.messages.length > 0) sum.told++;
  else {
    sum.lost++;
    print(`LOST in ${conference}: ${client.log.join("; ")}`);
  }
  if (client.messages.length > 1) sum.twice++;
  if (client.count("gave up") > 0) sum.gaveUp++;
  also.reconnects += Math.max(0, client.connectCount - 1);
  also.errors += client.count("error");
}

/** Goes live as a backend does that has a proxy before it which tries again. */
async function goLive(port: number, conference: string): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++, also.postsAgain++) {
    const response = await fetch(`http://127.0.0.1:${port}/waiting-queue/golive`, {
      method: "POST",
      headers: { authorization: `Bearer ${await systemToken()}` },
      body: JSON.stringify({ conference }),
    }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
  }
  throw new Error(`Cannot go live: ${conference}`);
}

async function hold(port: number): Promise<void> {
  const conference = `room${sum.conferences++}@conference.meet.example`;
  const token = await visitorToken("*");
  const url = `ws://127.0.0.1:${port}/waiting-queue`;
  const live = Promise.withResolvers<void>();
  const visits: Promise<void>[] = [];
  const come = async () => {
    await pause(Math.random() * WAIT_MS / 2);
    await visit(url, conference, token, live.promise);
  };
  while (visits.length < VISITORS) visits.push(come());
  await pause(WAIT_MS / 3 + Math.random() * WAIT_MS * 2 / 3);
  await goLive(port, conference);
  live.resolve();
  await visit(url, conference, token, live.promise);
  await Promise.all(visits);
}

/** Ends a machine and starts it again. Resolves with a line about it. */
async function restart(fleet: Service[], i: number, env: Record<string, string>): Promise<string> {
  const port = fleet[i]!.port;
  const began = performance.now();
  fleet[i]!.kill(signal);
  const { code } = await fleet[i]!.exited;
  const ended = performance.now();
  fleet[i] = await Service.start({ ...env, PORT: String(port) });
  while ((await get(`${fleet[i]!.http}/ready`)).status !== 200) await pause(50);
  const took = [ended - began, performance.now() - ended].map((ms) => (ms / 1_000).toFixed(1));
  return `machine ${i} ended with ${code} after ${took[0]} s, was ready again ${took[1]} s later`;
}

print(machine());
print(
  `${restarts} restarts with ${signal} of ${machines} machines, DRAIN_MS=${DRAIN_MS}; every ` +
    `${EVERY_MS} ms a conference of ${
      VISITORS + 1
    } visitors, who reconnect after ${reconnectDelay} ms`,
);
await using redis = await RedisServer.start();
const env = { REDIS_URL: redis.url, DRAIN_MS: String(DRAIN_MS), LOG_LEVEL: "info" };
const fleet: Service[] = [];
while (fleet.length < machines) {
  fleet.push(await Service.start({ ...env, PORT: String(freePort()) }));
}
await using balancer = new Balancer(fleet.map(({ port }) => port));
let over = false;
const began = performance.now();
const load = (async () => {
  const conferences: Promise<void>[] = [];
  while (!over) {
    conferences.push(hold(balancer.port));
    await pause(EVERY_MS);
  }
  await Promise.all(conferences);
})();
await pause(WAIT_MS);
for (let i = 0; i < restarts; i++) {
  const line = await restart(fleet, i % machines, env);
  print(`${i + 1}: ${line}; so far ${sum.told} told, ${sum.lost} lost`);
  await pause(1_000);
}
over = true;
await load;
for (const service of fleet) await service[Symbol.asyncDispose]();
print(
  `${sum.conferences} conferences, ${sum.visitors} visitors in ` +
    `${((performance.now() - began) / 1_000).toFixed(0)} s: ${sum.told} told, ${sum.lost} lost, ` +
    `${sum.twice} told twice, ${sum.gaveUp} gave up`,
);
print(
  `${also.reconnects} reconnections, ${also.errors} errors as the clients count them, ` +
    `${also.postsAgain} go-lives asked again`,
);
await balancer[Symbol.asyncDispose]();
await redis[Symbol.asyncDispose]();
// What a service waits for at its start would keep this process for a while.
Deno.exit(sum.lost + sum.twice + sum.gaveUp === 0 ? 0 : 1);
