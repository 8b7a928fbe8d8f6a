/**
 * Events over several processes and one Redis, and what faults of the bus do to their clients.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  ACL,
  EventsClient,
  eventsToken,
  type Json,
  publish,
  TENANT,
} from "../support/events_client.ts";
import { eventually } from "../support/eventually.ts";
import { HoldingProxy } from "../support/holding_proxy.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { endLive, goLive, post } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { systemToken, visitorToken } from "../support/tokens.ts";

const ENV = { DOORS: "queue,events", WORKERS: "2" };
const CONFERENCE = "townhall@conference.meet.example";

type Env = Readonly<Record<string, string>>;

interface Machines {
  readonly redis: RedisServer;
  readonly a: Service;
  readonly b: Service;
}

function overRedis(name: string, run: (machines: Machines) => Promise<void>, env: Env = {}): void {
  Deno.test(name, async () => {
    if (!redisAvailable()) return;
    await using redis = await RedisServer.start();
    const settings = { ...ENV, ...env, REDIS_URL: redis.url };
    await using a = await Service.start(settings);
    await using b = await Service.start(settings);
    await run({ redis, a, b });
  });
}

/** An event for everybody of the tenant, of a conference if one is given. */
function forAll(event: Json): Json {
  return { name: "foo", required_acl: "event.foo", ...event };
}
const EVERYBODY = { "user_uuid:*": true, tenant_uuid: TENANT };

/** Connects, subscribes and starts as soon as the bus is there. */
async function startedSoon(service: Service): Promise<EventsClient> {
  let client: EventsClient | undefined;
  await eventually("the bus is there", async () => {
    client = await EventsClient.started(service).catch(() => undefined);
    return client !== undefined;
  });
  return client!;
}

overRedis(
  "W34, W35: without the bus everybody is closed, and may come back with it",
  async (all) => {
    const { redis, a, b } = all;
    await using started = await EventsClient.started(a);
    await using greeted = await EventsClient.greeted(b);
    await greeted.subscribe("foo");
    await redis.kill();
    await started.refused(1011, "bus connection lost");
    await greeted.refused(1011, "bus connection lost");
    await new EventsClient(a.ws, { token: await eventsToken() })
      .refused(1011, "bus connection error");
    await redis.startAgain();
    await using back = await startedSoon(a);
    await using other = await startedSoon(b);
    await eventually("events go through", async () => {
      const body = { event: forAll({ again: true }), headers: EVERYBODY };
      const response = await post(b, "/events", body);
      await response.body?.cancel();
      return response.status === 200;
    });
    for (const client of [back, other]) assert.equal((await client.read())["again"], true);
  },
);

Deno.test("W107: a machine that loses the bus closes its clients; who missed its events, too", async () => {
  if (!redisAvailable()) return;
  await using redis = await RedisServer.start();
  await using proxy = new HoldingProxy(redis.port);
  await using a = await Service.start({ ...ENV, REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  await using b = await Service.start({ ...ENV, REDIS_URL: redis.url });
  await using atA = await EventsClient.started(a);
  await using atB = await EventsClient.started(b);
  using visitor = await StompSocket.visitor(a.port, await visitorToken("townhall"), CONFERENCE);
  proxy.cut();
  await atA.refused(1011, "bus connection lost");
  await publish(b, forAll({ n: 1 }), EVERYBODY);
  assert.equal((await atB.read())["n"], 1, "the others go on");
  const lost = await post(a, "/events", { event: forAll({ n: 2 }), headers: EVERYBODY });
  assert.equal(lost.status, 503);
  await lost.body?.cancel();
  assert.ok(atB.open);
  proxy.mend();
  await atB.refused(1011, "bus connection lost");
  await visitor.send("UNSUBSCRIBE", { id: "s0", receipt: "still here" });
  assert.equal((await visitor.expect("RECEIPT")).headers["receipt-id"], "still here");
});

overRedis(
  "W109: a go-live while the bus is down is held, and nobody is open over the gap",
  async (all) => {
    const { redis, a, b } = all;
    const token = await systemToken();
    await using atA = await EventsClient.started(a, ["*"], { token });
    await using atB = await EventsClient.started(b, ["*"], { token });
    await redis.kill();
    const live = post(a, "/golive", { conference: CONFERENCE });
    await Promise.all([atA.refused(1011), atB.refused(1011)]);
    await redis.startAgain();
    const response = await live;
    assert.equal(response.status, 200);
    assert.equal((await response.json()).status, "live");
    await using back = await startedSoon(b);
    assert.ok(back.open);
    const view = await fetch(`${b.http}/conferences/${encodeURIComponent(CONFERENCE)}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal((await view.json()).status, "live");
  },
);

overRedis(
  "W95: a revoked token is refused everywhere, also after a restart",
  async ({ redis, a }) => {
    const jti = crypto.randomUUID();
    const system = await systemToken({ claims: { jti } });
    const visitor = await visitorToken("townhall", { claims: { jti } });
    const client = await eventsToken({ claims: { jti } });
    const revokedAt = async (service: Service) => {
      await eventually("it is refused", async () => {
        const response = await post(
          service,
          "/golive",
          { conference: CONFERENCE },
          `Bearer ${system}`,
        );
        await response.body?.cancel();
        return response.status === 401;
      });
      using socket = await StompSocket.open(service.port, visitor);
      assert.equal((await socket.read()).command, "ERROR");
      await new EventsClient(service.ws, { token: client }).refused(4002);
    };
    for (const body of [{}, { jti: "" }, { jti: 1 }, { exp: 1 }]) {
      const response = await post(a, "/tokens/revoke", body);
      await response.body?.cancel();
      assert.equal(response.status, 400, JSON.stringify(body));
    }
    for (const claims of [{ room: "townhall" }, { sub: "acme" }]) {
      const limited = await systemToken({ claims });
      const response = await post(a, "/tokens/revoke", { jti }, `Bearer ${limited}`);
      await response.body?.cancel();
      assert.equal(response.status, 403);
    }
    const byClient = await post(a, "/tokens/revoke", { jti }, `Bearer ${client}`);
    assert.equal(byClient.status, 403);
    await byClient.body?.cancel();
    await using b = await Service.start({ ...ENV, REDIS_URL: redis.url });
    for (let i = 0; i < 2; i++) {
      const response = await post(a, "/tokens/revoke", { jti });
      assert.equal(response.status, 200);
      await response.body?.cancel();
    }
    await revokedAt(a);
    await revokedAt(b);
    await using restarted = await Service.start({ ...ENV, REDIS_URL: redis.url });
    await revokedAt(restarted);
  },
);

overRedis("W99: live and ended are said once, whichever machines are asked", async ({ a, b }) => {
  const options = { token: await systemToken() };
  await using atA = await EventsClient.started(a, ["meeting_user_progress"], options);
  await using atB = await EventsClient.started(b, ["meeting_user_progress"], options);
  for (let round = 0; round < 5; round++) {
    await Promise.all([goLive(a, CONFERENCE), goLive(b, CONFERENCE), goLive(a, CONFERENCE)]);
    await Promise.all([endLive(b, CONFERENCE), endLive(a, CONFERENCE)]);
    const statuses = [];
    for (const client of [atA, atB]) {
      const events = [await client.read(), await client.read()];
      statuses.push(events.map(({ id, data }) => [id, (data as Json)["status"]]));
    }
    assert.deepEqual(statuses[0]!.map(([, status]) => status), ["live", "ended"]);
    assert.deepEqual(statuses[0], statuses[1], "the same events, in the same order");
  }
});

overRedis(
  "W106: whoever listens has every event once, and those of a conference in order",
  async (all) => {
    const { a, b } = all;
    const publishers = 10;
    const each = 1_000;
    const listeners = [];
    for (const service of [a, b, a, b]) {
      const token = await eventsToken({ claims: { acl: ACL, sub: "*", admin: true } });
      listeners.push(await EventsClient.started(service, ["foo"], { token }));
    }
    const token = await systemToken();
    await Promise.all(Array.from({ length: publishers }, async (_, p) => {
      for (let n = 0; n < each; n++) {
        const event = forAll({ p, n, conference: `room${p}@conference.meet.example` });
        await publish(n % 2 === 0 ? a : b, event, {}, token);
      }
    }));
    for (const client of listeners) {
      const next = new Array(publishers).fill(0);
      for (let i = 0; i < publishers * each; i++) {
        const { p, n } = await client.read() as { p: number; n: number };
        assert.equal(n, next[p]++, `publisher ${p}`);
      }
      assert.deepEqual(client.frames, []);
      await client[Symbol.asyncDispose]();
    }
  },
  { WORKERS: "4", EVENTS_PUBLISH_RATE: "1000000" },
);

overRedis("W108: who is killed takes no event of others along", async ({ a, b }) => {
  await using atA = await EventsClient.started(a);
  await using atB = await EventsClient.started(b);
  const events = 200;
  for (let n = 0; n < events; n++) {
    await publish(b, forAll({ n }), EVERYBODY);
    if (n === events / 2) a.kill("SIGKILL");
  }
  for (let n = 0; n < events; n++) assert.equal((await atB.read())["n"], n);
  assert.ok(atB.open);
  await atA.closed();
});
