import assert from "node:assert/strict";
import { RedisStore, type RedisStoreOptions } from "../../src/store/redis.ts";
import { type Store, StoreError } from "../../src/store/store.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { storeConformance } from "./conformance.ts";
import { valuesOf } from "./support.ts";

const TIMEOUT_MS = 300;
const TTL = { ttlMs: 3_600_000 };

/** A replica is served as soon as it comes. */
const SYNC_AT_ONCE = ["--repl-diskless-sync-delay", "0"];

storeConformance("RedisStore", async () => {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await RedisServer.start());
  return {
    store: stack.use(await RedisStore.open({ url: server.url })),
    other: stack.use(await RedisStore.open({ url: server.url })),
    elapse: (ms) => server.elapse(ms),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}, () => !redisAvailable());

/** Runs `body` with a server of its own. */
function rule(name: string, body: (server: RedisServer) => Promise<void>, ...args: string[]): void {
  Deno.test(name, async () => {
    if (!redisAvailable()) return;
    await using server = await RedisServer.start(...args);
    await body(server);
  });
}

function open(url: string, options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
  return RedisStore.open({ url, timeoutMs: TIMEOUT_MS, ...options });
}

/** Every call of the port is refused in time. */
async function refusesAll(store: Store): Promise<void> {
  const calls = [
    store.get(["a"]),
    store.set("a", "1", TTL),
    store.delete("a"),
    store.keys("", 10),
    store.check(TIMEOUT_MS),
  ];
  await Promise.all(calls.map((call) => assert.rejects(call, StoreError)));
}

/** Resolves once `store` can be reached. */
async function reachable(store: Store): Promise<void> {
  for (;;) {
    try {
      return await store.check(TIMEOUT_MS);
    } catch (error) {
      assert.ok(error instanceof StoreError);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

rule("RedisStore: services with another prefix do not see each other's keys", async (server) => {
  await using ours = await open(server.url);
  await using other = await open(server.url, { prefix: "other" });
  await using numbered = await open(`${server.url}/3`);
  await ours.set("a", "1", TTL);
  await server.command(["SET", "foreign", "x"], ["HSET", "wq:x", "f", "v"]);
  for (const store of [other, numbered]) {
    assert.deepEqual(await store.get(["a"]), [undefined]);
    assert.deepEqual(await store.keys("", 10), []);
  }
  assert.deepEqual(await ours.keys("", 10), ["a"]);
});

Deno.test("RedisStore: a prefix that would be a pattern is refused", async () => {
  await assert.rejects(open("redis://127.0.0.1", { prefix: "a*" }), TypeError);
});

rule("RedisStore: a time to live is that of Redis and is never zero", async (server) => {
  await using store = await open(server.url);
  await store.set("a", "1", { ttlMs: 0.2 });
  await store.set("b", "1", { ttlMs: 59_999.5 });
  const [ttl] = await server.command(["PTTL", "wq:s:b"]);
  assert.ok(Number(ttl) > 50_000 && Number(ttl) <= 60_000);
});

rule(
  "F18: a server that dies fails calls at once, and is used again when it is back",
  async (server) => {
    await using store = await open(server.url, { timeoutMs: 60_000 });
    await server.kill();
    await refusesAll(store);
    await server.startAgain();
    await reachable(store);
    await store.set("a", "1", TTL);
    assert.deepEqual(await valuesOf(store, "a"), ["1"]);
  },
);

rule("F18: a service that starts without a server uses it when it comes", async (server) => {
  await server.kill();
  await using store = await open(server.url);
  await refusesAll(store);
  await server.startAgain();
  await reachable(store);
  assert.deepEqual(await store.get(["a"]), [undefined]);
});

rule(
  "F18: a server that is held fails calls in time, and works when it goes on",
  async (server) => {
    await using store = await open(server.url);
    await store.set("a", "1", TTL);
    server.pause();
    await refusesAll(store);
    // By now it has been silent for so long that its connection was given up.
    await refusesAll(store);
    server.resume();
    await reachable(store);
    assert.deepEqual((await store.get(["a"])).length, 1);
  },
);

rule(
  "F18: what is written before a restart of a server with a log is there after it",
  async (server) => {
    await using store = await open(server.url);
    await store.set("a", "1", TTL);
    await server.kill();
    await server.startAgain();
    await reachable(store);
    assert.deepEqual(await valuesOf(store, "a"), ["1"]);
  },
  "--appendonly",
  "yes",
);

rule("F18: after FLUSHALL the keys are gone and the store goes on", async (server) => {
  await using store = await open(server.url);
  await store.set("a", "1", TTL);
  await server.command(["FLUSHALL"]);
  assert.deepEqual(await store.get(["a"]), [undefined]);
  await store.set("a", "2", TTL);
  assert.deepEqual(await valuesOf(store, "a"), ["2"]);
});

rule(
  "F18: a server without memory refuses writes with the reason, and still reads",
  async (server) => {
    await using store = await open(server.url);
    await store.set("a", "1", TTL);
    await server.command(["CONFIG", "SET", "maxmemory", "1"]);
    await assert.rejects(store.set("b", "1", TTL), /OOM/);
    assert.deepEqual(await valuesOf(store, "a"), ["1"]);
  },
);

rule("F18: a master that became a replica refuses writes until it is one again", async (server) => {
  await using store = await open(server.url);
  await server.command(["REPLICAOF", "127.0.0.1", "1"]);
  await assert.rejects(store.set("a", "1", TTL), /READONLY/);
  await server.command(["REPLICAOF", "NO", "ONE"]);
  await reachable(store);
  await store.set("a", "1", TTL);
});

rule(
  "F18: a wrong password is told with what fails, and works once it is the right one",
  async (server) => {
    await using store = await open(`redis://:secret@127.0.0.1:${server.port}`);
    await assert.rejects(store.check(TIMEOUT_MS), (error) => {
      assert.ok(error instanceof StoreError && error.cause instanceof Error);
      assert.match(String(error.cause.cause), /WRONGPASS/);
      return true;
    });
    await server.command(["CONFIG", "SET", "requirepass", "secret"]);
    await reachable(store);
  },
  "--requirepass",
  "other",
);

rule(
  "RedisStore: a write waits for a replica, and is not failed by one that is away",
  async (master) => {
    const replicaOf = ["--replicaof", `127.0.0.1 ${master.port}`];
    await using replica = await RedisServer.start(...replicaOf, ...SYNC_AT_ONCE);
    await using store = await open(master.url, { replicas: 1 });
    await master.replicated();
    await store.set("a", "1", TTL);
    assert.match(String(await replica.command(["GET", "wq:s:a"])), /\n1$/);
    replica.pause();
    await store.set("a", "2", TTL);
    await store.set("a", "3", TTL);
    assert.deepEqual(await valuesOf(store, "a"), ["3"]);
    replica.resume();
  },
  ...SYNC_AT_ONCE,
);
