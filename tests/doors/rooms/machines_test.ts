/**
 * The rooms door on several workers and machines, with their deaths and those of what they stand on.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { redisAvailable, RedisServer } from "../../support/redis.ts";
import type { Service } from "../../support/service.ts";
import { StompSocket } from "../../support/stomp_socket.ts";
import { moderatorToken, visitorToken } from "../../support/tokens.ts";
import { type Answer, errorOf, type Target } from "./client.ts";
import { startRooms, targetOf } from "./service.ts";

const CONFERENCE = "townhall@conference.meet.example";

type Env = Readonly<Record<string, string>>;

/** Two machines over one Redis. */
function overRedis(
  name: string,
  env: Env,
  run: (machines: { redis: RedisServer; a: Service; b: Service }) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: !redisAvailable(),
    async fn() {
      await using redis = await RedisServer.start();
      const settings = { ...env, REDIS_URL: redis.url };
      await using a = await startRooms(settings);
      await using b = await startRooms(settings);
      await run({ redis, a, b });
    },
  });
}

/** How often an event was told, by the metrics of these machines. */
async function told(services: readonly Service[], event: string, reason: string): Promise<number> {
  const texts = await Promise.all(services.map(async ({ http }) => {
    return await (await fetch(`${http}/metrics`)).text();
  }));
  const line = `waiting_queue_rooms_events_total{event="${event}",reason="${reason}"} `;
  return texts.flatMap((text) => text.split("\n")).filter((each) => each.startsWith(line))
    .reduce((sum, each) => sum + Number(each.slice(line.length)), 0);
}

/** Receives notifications, one path for each owner. */
class Receiver implements AsyncDisposable {
  readonly paths: string[] = [];
  readonly #server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    this.paths.push(new URL(request.url).pathname);
    return new Response();
  });

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }
}

async function guestsIn(target: Target, room: string, count: number): Promise<Answer[]> {
  return await Promise.all(Array.from({ length: count }, () => target.guest().join(room, 5)));
}

Deno.test({
  name: "R97: each lease that ends is told once, on four workers of two machines, and after a kill",
  ignore: !redisAvailable(),
  async fn() {
    await using receiver = new Receiver();
    await using redis = await RedisServer.start();
    const settings = {
      REDIS_URL: redis.url,
      WORKERS: "2",
      ROOMS_PARTICIPANT_TTL_SEC: "3",
      ROOMS_PUSH_ALLOW: receiver.origin,
      ROOMS_PUSH_PRIVATE: "1",
    };
    await using a = await startRooms(settings);
    await using b = await startRooms(settings);
    const rooms: string[] = [];
    for (let i = 0; i < 8; i++) {
      const owner = await targetOf(b).register(undefined, { rooms: `${receiver.origin}/${i}` });
      rooms.push(await owner.create({ maxSize: 5 }));
    }
    await eventually(
      "each creation is heard of",
      () => Promise.resolve(receiver.paths.length === 8),
    );
    const joins = await Promise.all(rooms.map((room) => guestsIn(targetOf(a), room, 1)));
    assert.ok(joins.flat().every(({ status }) => status === 200));
    await eventually("each join is heard of", () => Promise.resolve(receiver.paths.length === 16));
    // All of its workers took joins; the other machine has to notice.
    a.kill("SIGKILL");
    await eventually("all are told", async () => await told([b], "left", "expired") === 8);
    await eventually("their owners too", () => Promise.resolve(receiver.paths.length === 24));
    for (let i = 0; i < 8; i++) {
      assert.equal(receiver.paths.filter((path) => path === `/${i}`).length, 3);
    }
    const again = await Promise.all(rooms.map((room) => guestsIn(targetOf(b), room, 2)));
    assert.ok(again.flat().every(({ status }) => status === 200));
    await eventually("the next too", async () => await told([b], "left", "expired") === 24);
  },
});

const ROUNDS = 200;

for (const machines of [1, 2]) {
  Deno.test({
    name: `R98: fifty at once for the last place, on ${
      machines === 1 ? "two workers" : "two machines"
    }`,
    ignore: machines === 2 && !redisAvailable(),
    async fn() {
      await using stack = new AsyncDisposableStack();
      const services: Service[] = [];
      if (machines === 1) services.push(stack.use(await startRooms({ WORKERS: "2" })));
      else {
        const redis = stack.use(await RedisServer.start());
        for (let i = 0; i < 2; i++) {
          services.push(stack.use(await startRooms({ REDIS_URL: redis.url })));
        }
      }
      const targets = services.map(targetOf);
      const owner = await targets[0]!.register();
      for (let round = 0; round < ROUNDS; round++) {
        const room = await owner.create({ maxSize: 2 });
        const joins = await Promise.all(Array.from({ length: 50 }, (_, i) => {
          return targets[i % targets.length]!.guest().join(room);
        }));
        const inside = joins.filter(({ status }) => status === 200).length;
        assert.equal(inside, 1, `round ${round}`);
        for (const answer of joins) {
          if (answer.status === 200) continue;
          assert.deepEqual(errorOf(answer), [400, 202, "The room is full."]);
        }
        assert.equal((await owner.call("DELETE", `/rooms/${room}`)).status, 204);
      }
    },
  });
}

overRedis("R99: a join that meets a deletion, a refresh that meets the end", {
  ROOMS_PARTICIPANT_TTL_SEC: "1",
}, async ({ a, b }) => {
  const owner = await targetOf(a).register();
  const other = targetOf(b);
  for (let i = 0; i < 30; i++) {
    const room = await owner.create();
    const [joined] = await Promise.all([
      other.guest().join(room),
      owner.call("DELETE", `/rooms/${room}`),
    ]);
    assert.ok(joined.status === 200 || joined.status === 404, joined.text);
    assert.equal((await other.request("GET", `/rooms/${room}`)).status, 404);
  }
  await eventually("who came has left", async () => {
    const [came, left] = [
      await told([a, b], "joined", "none"),
      await told([a, b], "left", "deleted"),
    ];
    return came === left;
  });
  const room = await owner.create({ maxSize: 5 });
  const guest = other.guest();
  await guest.join(room);
  let last: Answer;
  do {
    await new Promise((resolve) => setTimeout(resolve, 900 + Math.random() * 200));
    last = await guest.act(room, "refresh");
    const inside = (await owner.call("GET", `/rooms/${room}`)).body.participants.length;
    assert.equal(inside, last.status === 200 ? 1 : 0, last.text);
  } while (last.status === 200);
  assert.equal(last.status, 401);
});

Deno.test("R101: what was answered is there after a kill, and what ended meanwhile has ended once", async () => {
  const folder = await Deno.makeTempDir({ prefix: "rooms-" });
  const settings = {
    KV_PATH: `${folder}/rooms.sqlite3`,
    WORKERS: "2",
    ROOMS_PARTICIPANT_TTL_SEC: "4",
  };
  try {
    let service = await startRooms(settings);
    const restart = async () => {
      service.kill("SIGKILL");
      await service.exited;
      service = await startRooms(settings);
      return targetOf(service);
    };
    const first = await targetOf(service).register();
    let owner = Object.assign(first, { target: await restart() });
    const room = await owner.create();
    const gone = await owner.create();
    owner = Object.assign(owner, { target: await restart() });
    assert.equal((await owner.call("GET", `/rooms/${room}`)).status, 200);
    await owner.call("DELETE", `/rooms/${gone}`);
    owner = Object.assign(owner, { target: await restart() });
    const listed = (await owner.call("GET", "/rooms?version=1")).body;
    assert.deepEqual(listed.at(-1), { roomToken: gone, deleted: true });
    assert.equal((await owner.join(room)).status, 200);
    owner = Object.assign(owner, { target: await restart() });
    assert.equal((await owner.status(room)).status, 204, "still in");
    owner = Object.assign(owner, { target: await restart() });
    const { body } = await owner.call("GET", `/rooms/${room}/state`);
    assert.equal(body.participants[0].media.reports, 1);
    service.kill("SIGKILL");
    await service.exited;
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    service = await startRooms(settings);
    await eventually("its end is told", async () => await told([service], "left", "expired") === 1);
    assert.deepEqual((await targetOf(service).request("GET", `/rooms/${room}`)).status, 200);
    service.kill("SIGKILL");
    await service.exited;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

overRedis("R102: without Redis it says so, does nothing by halves, and goes on when it is back", {
  ROOMS_PARTICIPANT_TTL_SEC: "60",
}, async ({ redis, a, b }) => {
  const target = targetOf(a);
  const owner = await target.register();
  const room = await owner.create();
  await owner.join(room);
  const visitor = await StompSocket.visitor(b.port, await visitorToken("townhall"), CONFERENCE);
  await redis.kill();
  const began = performance.now();
  const answers = await Promise.all([
    owner.call("GET", `/rooms/${room}`, { verify: false }),
    owner.call("POST", `/rooms/${room}`, { body: { action: "refresh" }, verify: false }),
    target.guest().join(room),
    target.request("POST", "/registration"),
  ]);
  assert.ok(performance.now() - began < 10_000);
  for (const answer of answers) {
    assert.deepEqual(errorOf(answer), [503, 201, "Service Unavailable"]);
  }
  await redis.startAgain();
  // A Redis that keeps nothing has forgotten everything: sessions too.
  await eventually("registration works again", async () => {
    return (await target.request("POST", "/registration")).status === 200;
  });
  const again = await target.register();
  const next = await again.create();
  assert.equal((await again.join(next)).status, 200);
  await visitor.send("DISCONNECT", { receipt: "bye" });
  assert.equal((await visitor.expect("RECEIPT")).headers["receipt-id"], "bye", "it has stayed");
  visitor[Symbol.dispose]();
});

overRedis("R106: a room on one machine lets visitors of the other in", {}, async ({ a, b }) => {
  const subscribe = async () => {
    return await StompSocket.visitor(b.port, await visitorToken("townhall"), CONFERENCE);
  };
  const visitor = await subscribe();
  const owner = await targetOf(a).register(
    await moderatorToken("townhall", {
      claims: { context: { user: { id: "olga", moderator: true } } },
    }),
  );
  const room = await owner.create({ conference: CONFERENCE });
  assert.equal((await owner.join(room)).status, 200);
  assert.equal((await visitor.message()).status, "live");
  visitor[Symbol.dispose]();
  assert.equal((await owner.act(room, "leave")).status, 204);
  const later = await subscribe();
  await later.send("DISCONNECT", { receipt: "bye" });
  assert.equal(
    (await later.expect("RECEIPT")).headers["receipt-id"],
    "bye",
    "and nothing before it",
  );
  later[Symbol.dispose]();
});

Deno.test("R112: no log line, however much is logged, tells a token, a key, a URL or an account", async () => {
  await using service = await startRooms({
    LOG_LEVEL: "debug",
    ROOMS_PUSH_ALLOW: "http://127.0.0.1:9",
  });
  const target = targetOf(service);
  const user = { id: "olga-who", email: "olga@acme.example", moderator: true };
  const jwt = await moderatorToken("townhall", { claims: { context: { user } } });
  const owner = await target.register(jwt, { rooms: "http://127.0.0.1:9/push-secret" });
  const room = await owner.create();
  const guest = target.guest();
  await owner.join(room);
  await guest.join(room);
  await owner.status(room);
  const state = `/rooms/${room}/state`;
  await target.request("GET", state, { headers: { authorization: "Bearer nonsense" } });
  await target.request("GET", state, { headers: { authorization: `Bearer ${jwt}x` } });
  await target.request("PUT", `/rooms/${room}`);
  await target.request("GET", `/v0/rooms/${room}/nothing`);
  await owner.call("POST", `/rooms/${room}`, { text: "x".repeat(70_000), verify: false });
  await owner.call("DELETE", `/rooms/${room}`);
  service.kill("SIGTERM");
  await service.exited;
  const log = JSON.stringify(service.log) + service.stderr;
  assert.ok(service.log.length > 0);
  const secrets = [owner.token, owner.key.id, owner.key.key, room, guest.sessionToken!, jwt];
  for (const secret of [...secrets, "push-secret", "olga-who", "olga@acme.example"]) {
    assert.ok(!log.includes(secret), `${secret} in ${log}`);
  }
});
