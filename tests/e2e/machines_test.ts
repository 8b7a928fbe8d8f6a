/**
 * Several processes over one Redis: what a conference on several machines is. Each rule is held by
 * real processes; the faults are real ones.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ReadinessSnapshot } from "../../src/metrics/readiness.ts";
import { eventually } from "../support/eventually.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { endLive, goLive, post } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket, VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { moderatorToken, systemToken, visitorToken } from "../support/tokens.ts";

const CONFERENCE = "townhall@conference.meet.example";

/** Two machines and their Redis. */
interface Machines {
  readonly redis: RedisServer;
  readonly a: Service;
  readonly b: Service;
}

type Env = Readonly<Record<string, string>>;

function overRedis(name: string, env: Env, run: (machines: Machines) => Promise<void>): void {
  Deno.test(name, async () => {
    if (!redisAvailable()) return;
    await using redis = await RedisServer.start();
    const settings = { ...env, REDIS_URL: redis.url };
    await using a = await Service.start(settings);
    await using b = await Service.start(settings);
    await run({ redis, a, b });
  });
}

async function visitorOf(service: Service): Promise<StompSocket> {
  return await StompSocket.visitor(service.port, await visitorToken("townhall"), CONFERENCE);
}

/** How many wait, as one of the machines counts them. */
async function waitingAt(service: Service): Promise<number> {
  const headers = { authorization: `Bearer ${await systemToken()}` };
  const url = `${service.http}/conferences/${encodeURIComponent(CONFERENCE)}`;
  return (await (await fetch(url, { headers })).json()).visitorsWaiting;
}

/** Fails unless every visitor is told live once; a test that hangs here has lost a message. */
async function allTold(visitors: readonly StompSocket[]): Promise<void> {
  for (const visitor of visitors) {
    assert.equal((await visitor.message()).status, "live");
    await visitor.send("DISCONNECT", { receipt: "bye" });
    assert.equal((await visitor.expect("RECEIPT")).headers["receipt-id"], "bye", "told once");
    visitor[Symbol.dispose]();
  }
}

overRedis(
  "a go-live reaches the visitors of all machines, and all later ones",
  { WORKERS: "2" },
  async ({ a, b }) => {
    const visitors = await Promise.all([a, a, a, b, b, b].map(visitorOf));
    assert.equal((await goLive(a, CONFERENCE)).visitorsWaiting, 6);
    await allTold(visitors);
    for (const service of [a, b]) {
      using late = await StompSocket.connect(service.port, await visitorToken("townhall"));
      await late.send("SUBSCRIBE", { id: "1", destination: VISITOR_TOPIC + CONFERENCE });
      assert.equal((await late.message()).status, "live");
    }
    await endLive(b, CONFERENCE);
    using waits = await visitorOf(a);
    assert.equal(await waitingAt(b), 1);
    await goLive(b, CONFERENCE);
    await allTold([waits]);
  },
);

overRedis("who came a second earlier on one machine is told before all of the other", {
  RELEASE_RATE: "50",
}, async ({ a, b }) => {
  const early = await Promise.all(Array.from({ length: 6 }, () => visitorOf(a)));
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const late = await Promise.all(Array.from({ length: 6 }, () => visitorOf(b)));
  const told: string[] = [];
  const note = async (who: string, visitor: StompSocket) => {
    await visitor.message();
    told.push(who);
    visitor[Symbol.dispose]();
  };
  const all = [...early.map((v) => note("early", v)), ...late.map((v) => note("late", v))];
  await goLive(b, CONFERENCE);
  await Promise.all(all);
  assert.deepEqual(told, [...Array(6).fill("early"), ...Array(6).fill("late")]);
});

overRedis("the count is that of all machines, and a killed one leaves no ghosts", {
  STATE_INTERVAL_MS: "300",
}, async ({ a, b }) => {
  const here = await Promise.all([a, a].map(visitorOf));
  const there = await Promise.all([b, b, b].map(visitorOf));
  using moderator = await StompSocket.moderator(
    a.port,
    await moderatorToken("townhall"),
    CONFERENCE,
  );
  assert.equal((await moderator.message()).visitorsWaiting, 5);
  b.kill("SIGKILL");
  const counts: number[] = [];
  while (counts.at(-1) !== 2) counts.push((await moderator.message()).visitorsWaiting as number);
  assert.ok(counts.every((count) => count >= 2 && count <= 5), `${counts}`);
  for (const visitor of [...here, ...there]) visitor[Symbol.dispose]();
});

overRedis(
  "F13: the machine that answered 200 dies at once, and nobody is lost",
  {},
  async ({ a, b }) => {
    const there = await Promise.all([b, b, b].map(visitorOf));
    const here = await visitorOf(a);
    await goLive(a, CONFERENCE);
    a.kill("SIGKILL");
    await allTold(there);
    here[Symbol.dispose]();
    // Whoever was connected to the dead machine comes back to the other one.
    using back = await StompSocket.connect(b.port, await visitorToken("townhall"));
    await back.send("SUBSCRIBE", { id: "1", destination: VISITOR_TOPIC + CONFERENCE });
    assert.equal((await back.message()).status, "live");
  },
);

overRedis(
  "F15: two machines go live at the same moment, and each visitor is told once",
  {},
  async ({ a, b }) => {
    const visitors = await Promise.all([a, b, a, b].map(visitorOf));
    await Promise.all([goLive(a, CONFERENCE), goLive(b, CONFERENCE), goLive(a, CONFERENCE)]);
    await allTold(visitors);
  },
);

overRedis(
  "F18: Redis hangs: a go-live is held and answered when it is back, the sockets stay",
  {},
  async ({ redis, a, b }) => {
    const visitors = await Promise.all([a, b].map(visitorOf));
    redis.pause();
    const held = goLive(a, CONFERENCE);
    const first = await Promise.race([
      held.then(() => "answered"),
      new Promise((resolve) => setTimeout(resolve, 3_000, "held")),
    ]);
    assert.equal(first, "held");
    assert.equal((await fetch(`${a.http}/health`)).status, 200);
    await eventually(
      "/ready names what is away",
      async () => (await readiness(a)).away?.store !== undefined,
    );
    redis.resume();
    assert.equal((await held).status, "live");
    await allTold(visitors);
  },
);

overRedis("F18: Redis dies and comes back empty: everything is joined again", {
  STATE_INTERVAL_MS: "300",
}, async ({ redis, a, b }) => {
  const visitors = await Promise.all([a, b, b].map(visitorOf));
  await redis.kill();
  const held = goLive(a, CONFERENCE);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await redis.startAgain();
  await held;
  await allTold(visitors);
  const later = await visitorsAfterEnd(a, b);
  await goLive(b, CONFERENCE);
  await allTold(later);
});

overRedis(
  "F18: a go-live that other machines did not hear of is found in the store",
  {},
  async ({ redis, a, b }) => {
    const visitors = await Promise.all([b, b].map(visitorOf));
    // All subscriptions are cut at the moment of the go-live: pub/sub alone would lose it.
    await Promise.all([
      redis.command(["CLIENT", "KILL", "TYPE", "pubsub"]),
      goLive(a, CONFERENCE),
    ]);
    await allTold(visitors);
  },
);

overRedis(
  "/ready names the backing service that is away, and recovers",
  {},
  async ({ redis, a }) => {
    const ready = { status: "ready", checks: { store: "ok", bus: "ok" } };
    assert.deepEqual(await readiness(a), ready);
    await redis.kill();
    await eventually("both are named", async () => {
      const { away } = await readiness(a);
      return away?.store !== undefined && away.bus !== undefined;
    });
    // A short outage turns no new visitors away: they wait without it as well.
    const { status, checks } = await readiness(a);
    assert.deepEqual({ status, checks }, {
      status: "ready",
      checks: { store: "unreachable", bus: "unreachable" },
    });
    await redis.startAgain();
    await eventually("ready again", async () => (await readiness(a)).away === undefined);
    assert.deepEqual(await readiness(a), ready);
  },
);

overRedis("F23: machines are restarted one after the other under go-lives, and none is lost", {
  DRAIN_MS: "500",
}, async ({ redis, a, b }) => {
  let [one, two] = [a, b];
  const started: Service[] = [];
  try {
    for (let round = 0; round < 3; round++) {
      const conference = `round${round}@conference.meet.example`;
      const token = await visitorToken("*");
      const stays = await StompSocket.visitor(two.port, token, conference);
      const moves = await StompSocket.visitor(one.port, token, conference);
      one.kill("SIGTERM");
      const response = post(two, "/golive", { conference });
      assert.equal((await response).status, 200);
      await (await response).body?.cancel();
      assert.equal((await stays.message()).status, "live");
      // Told on the machine that goes away, or by the other one after it came back.
      const told = await moves.message().catch(() => undefined);
      if (!told) {
        using back = await StompSocket.connect(two.port, token);
        await back.send("SUBSCRIBE", { id: "1", destination: VISITOR_TOPIC + conference });
        assert.equal((await back.message()).status, "live");
      }
      for (const visitor of [stays, moves]) visitor[Symbol.dispose]();
      assert.equal((await one.exited).code, 0);
      const next = await Service.start({ REDIS_URL: redis.url, DRAIN_MS: "500" });
      started.push(next);
      [one, two] = [two, next];
    }
  } finally {
    for (const service of started) await service[Symbol.asyncDispose]();
  }
});

/** Takes the live state back and lets new visitors wait on both machines. */
async function visitorsAfterEnd(a: Service, b: Service): Promise<StompSocket[]> {
  await endLive(a, CONFERENCE);
  return await Promise.all([a, b].map(visitorOf));
}

Deno.test("F18: Redis away at the start: the service starts, and works when it is there", async () => {
  if (!redisAvailable()) return;
  await using redis = await RedisServer.start();
  await redis.kill();
  await using service = await Service.start({ REDIS_URL: redis.url, WORKERS: "2" });
  const response = await fetch(`${service.http}/ready`);
  await response.body?.cancel();
  assert.equal(response.status, 503);
  const visitors = await Promise.all([visitorOf(service), visitorOf(service)]);
  await redis.startAgain();
  await goLive(service, CONFERENCE);
  await allTold(visitors);
});

/** What `/ready` says. */
async function readiness(service: Service): Promise<ReadinessSnapshot> {
  return await (await fetch(`${service.http}/ready`)).json();
}
