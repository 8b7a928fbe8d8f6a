/**
 * Subscriptions and go-lives at the same moment on two real machines over Redis (F16). Every order in
 * which their steps can come is played by tests/queue/golive_race_test.ts; here it is whatever order
 * sockets, processes and Redis make of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { metric } from "../support/operator.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import type { StompSocket } from "../support/stomp_socket.ts";
import { comeBack, toldOnce, waitAt } from "./line.ts";

const TRIALS = 150;
const AT_ONCE = 10;
/** Within so long both come. */
const SPREAD_MS = 12;

type Machines = readonly [Service, Service];

async function soon<T>(act: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * SPREAD_MS));
  return await act();
}

/** One goes and comes back, on the other machine. */
async function reconnect(visitor: StompSocket, to: Service, conference: string) {
  visitor[Symbol.dispose]();
  return await comeBack(to, conference, 1);
}

/** Who waits, who comes, and who comes back while it goes live. Resolves with how many were told. */
async function trial(machines: Machines, conference: string): Promise<number> {
  const [here, there] = Math.random() < 0.5
    ? machines
    : machines.toReversed() as [Service, Service];
  const stays = await waitAt(here, conference, 1);
  const [moves] = await waitAt(there, conference, 1);
  const [, ...others] = await Promise.all([
    soon(() => goLive(here, conference)),
    soon(() => comeBack(here, conference, 1)),
    soon(() => comeBack(there, conference, 1)),
    soon(() => reconnect(moves!, here, conference)),
  ]);
  const all = [...stays, ...others.flat()];
  await toldOnce(all);
  return all.length;
}

Deno.test("F16: whoever subscribes or comes back as it goes live is told exactly once", async () => {
  if (!redisAvailable()) return;
  await using redis = await RedisServer.start();
  const env = { REDIS_URL: redis.url, RELEASE_RATE: "0", WORKERS: "2" };
  await using a = await Service.start(env);
  await using b = await Service.start(env);
  let begun = 0;
  let told = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (begun < TRIALS) {
      const count = await trial([a, b], `room${begun++}@conference.meet.example`);
      told += count;
    }
  }));
  assert.equal(told, TRIALS * 4);
  for (const service of [a, b]) {
    assert.equal(await metric(service, "waiting_queue_visitors_waiting"), 0);
  }
});
