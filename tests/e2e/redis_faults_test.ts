/**
 * What becomes of go-lives, sockets and counts while Redis misbehaves under two machines (F18), or one
 * of them is cut off from it (F20). One pair of machines for all of it: after each fault the service
 * has to be whole again for the next.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { get } from "../support/operator.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { moderatorToken } from "../support/tokens.ts";
import { Balancer } from "./balancer.ts";
import { comeBack, toldOnce, waitAt } from "./line.ts";

/** How long a go-live is watched to see that it is held. It may be a minute. */
const HELD_MS = 1_000;
/** The machines have an account of their own, which is not that of the test. */
const USER = "machine";
const PASSWORD = "secret";
const KILL_USER = ["CLIENT", "KILL", "USER", USER] as const;

interface Scene {
  readonly redis: RedisServer;
  readonly a: Service;
  readonly b: Service;
  /** Between `a` and Redis. */
  readonly wire: Balancer;
}

type Rule = (scene: Scene, conference: string) => Promise<void>;

/** Two visitors at each machine. */
async function fourWait({ a, b }: Scene, conference: string): Promise<StompSocket[]> {
  return [...await waitAt(a, conference, 2), ...await waitAt(b, conference, 2)];
}

/** The sockets are up, and somebody answers. */
async function answered(visitors: readonly StompSocket[]): Promise<void> {
  for (const visitor of visitors) {
    await visitor.send("ACK", { id: "x", receipt: "up" });
    assert.equal((await visitor.expect("RECEIPT")).headers["receipt-id"], "up");
  }
}

/** Resolves when a moderator hears this number; a test that hangs here has counted wrongly. */
async function hears(moderator: StompSocket, count: number): Promise<void> {
  while ((await moderator.message()).visitorsWaiting !== count);
}

async function ready(...services: Service[]): Promise<void> {
  await eventually("all are ready", async () => {
    const answers = await Promise.all(services.map(({ http }) => get(`${http}/ready`)));
    return answers.every(({ status, body }) => status === 200 && !("away" in JSON.parse(body)));
  });
}

/** A go-live while `begin` is done to Redis is held, and answered after `end`. */
function held(
  begin: (redis: RedisServer) => Promise<unknown>,
  end: (redis: RedisServer) => Promise<unknown>,
): Rule {
  return async (scene, conference) => {
    const { redis, a, b } = scene;
    const visitors = await fourWait(scene, conference);
    await begin(redis);
    const live = goLive(a, conference);
    const first = await Promise.race([
      live.then(() => "answered"),
      new Promise((resolve) => setTimeout(resolve, HELD_MS, "held")),
    ]);
    assert.equal(first, "held");
    await answered(visitors);
    await end(redis);
    assert.equal((await live).status, "live");
    await toldOnce([...visitors, ...await comeBack(b, conference, 1)]);
    await ready(a, b);
  };
}

const rules: Readonly<Record<string, Rule>> = {
  "F18: no memory: a go-live is held until there is some": held(
    (redis) => redis.command(["CONFIG", "SET", "maxmemory", 1]),
    (redis) => redis.command(["CONFIG", "SET", "maxmemory", 0]),
  ),

  "F18: a read-only replica: a go-live is held until it is a master": held(
    (redis) => redis.command(["REPLICAOF", "127.0.0.1", 1]),
    (redis) => redis.command(["REPLICAOF", "NO", "ONE"]),
  ),

  "F18: another password: a go-live is held until it is the right one": held(
    (redis) => redis.command(["ACL", "SETUSER", USER, "resetpass", ">other"], KILL_USER),
    (redis) => redis.command(["ACL", "SETUSER", USER, "resetpass", `>${PASSWORD}`]),
  ),

  "F18: FLUSHALL: what waits stays, and the next go-live is one": async (scene, conference) => {
    const { redis, a, b } = scene;
    const visitors = await fourWait(scene, conference);
    await redis.command(["FLUSHALL"]);
    await answered(visitors);
    assert.equal((await goLive(b, conference)).visitorsWaiting, 4);
    await toldOnce([...visitors, ...await comeBack(a, conference, 1)]);
  },

  "F18: a release that has begun goes on without Redis": async ({ redis, a, b }, conference) => {
    const [first, ...others] = [
      ...await waitAt(a, conference, 5),
      ...await waitAt(b, conference, 5),
    ];
    await goLive(a, conference);
    await toldOnce([first!]);
    redis.pause();
    try {
      await toldOnce(others);
    } finally {
      redis.resume();
    }
    await ready(a, b);
  },

  "F20: the halves of a divided service count and tell their own, and are one again after it":
    async (
      { a, b, wire },
      conference,
    ) => {
      const [here, there] = [await waitAt(a, conference, 2), await waitAt(b, conference, 3)];
      const token = await moderatorToken("*");
      const watch = (service: Service) => StompSocket.moderator(service.port, token, conference);
      await wire.shut();
      here.push(...await waitAt(a, conference, 2));
      using lonely = await watch(a);
      await hears(lonely, 4);
      using other = await watch(b);
      await hears(other, 3);
      wire.open();
      for (const moderator of [lonely, other]) await hears(moderator, 7);
      await wire.shut();
      await goLive(b, conference);
      await toldOnce(there);
      await answered(here);
      await eventually(
        "/ready names what is away",
        async () => "away" in JSON.parse((await get(`${a.http}/ready`)).body),
      );
      wire.open();
      await toldOnce(here);
      await ready(a, b);
    },
};

Deno.test("Redis misbehaves under two machines", async (t) => {
  if (!redisAvailable()) return;
  await using redis = await RedisServer.start();
  await using wire = new Balancer([redis.port]);
  await redis.command(["ACL", "SETUSER", USER, "on", `>${PASSWORD}`, "~*", "&*", "+@all"]);
  const start = (port: number) => {
    const REDIS_URL = `redis://${USER}:${PASSWORD}@127.0.0.1:${port}`;
    return Service.start({ RELEASE_RATE: "10", STATE_INTERVAL_MS: "300", REDIS_URL });
  };
  await using a = await start(wire.port);
  await using b = await start(redis.port);
  for (const [i, [name, rule]] of Object.entries(rules).entries()) {
    await t.step(name, () => rule({ redis, a, b, wire }, `room${i}@conference.meet.example`));
  }
  for (const { log } of [a, b]) assert.deepEqual(log.filter(({ level }) => level === "error"), []);
});
