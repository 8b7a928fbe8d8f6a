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

/** Writes that a slow machine does not leave unconfirmed. */
const PATIENT = { replicas: 1, timeoutMs: 30_000, replicaTimeoutMs: 20_000 };

/** Runs `body` with a master and a replica that has caught up. */
function replicaRule(
  name: string,
  body: (master: RedisServer, replica: RedisServer) => Promise<void>,
): void {
  rule(name, async (master) => {
    const replicaOf = ["--replicaof", `127.0.0.1 ${master.port}`];
    await using replica = await RedisServer.start(...replicaOf, ...SYNC_AT_ONCE);
    await master.replicated();
    await body(master, replica);
  }, ...SYNC_AT_ONCE);
}

replicaRule("RedisStore: a write waits for a replica", async (master, replica) => {
  await using store = await open(master.url, PATIENT);
  const inReplica = async (key: string) => {
    const [record] = await replica.command(["GET", `wq:s:${key}`]);
    return record === null ? undefined : String(record).split("\n")[1];
  };
  const first = await store.set("a", "1", TTL);
  assert.equal(await inReplica("a"), "1");
  const second = await store.set("a", "2", { ...TTL, ifVersion: first });
  assert.equal(await inReplica("a"), "2");
  await store.set("b", "3", { ifVersion: null });
  assert.equal(await inReplica("b"), "3");
  assert.ok(await store.delete("a", { ifVersion: second }));
  assert.equal(await inReplica("a"), undefined);
  await store.delete("b");
  assert.equal(await inReplica("b"), undefined);
});

replicaRule(
  "RedisStore: a replica that is away fails no write, however many",
  async (master, replica) => {
    await using store = await open(master.url, { replicas: 1, timeoutMs: 30_000 });
    replica.pause();
    const version = await store.set("a", "1", TTL);
    // One after the other they would wait for 20 s.
    const all = Array.from({ length: 200 }, (_, i) => store.set(`k${i}`, "v", TTL));
    await Promise.all([...all, store.set("a", "2", { ...TTL, ifVersion: version })]);
    assert.equal((await waits(master)) < 20, true, "many share one WAIT");
    assert.deepEqual(await valuesOf(store, "a", "k199"), ["2", "v"]);
    replica.resume();
  },
);

replicaRule(
  "RedisStore: after a write that no replica confirmed the next asks again",
  async (master, replica) => {
    await using hasty = await open(master.url, {
      replicas: 1,
      timeoutMs: 30_000,
      replicaTimeoutMs: 1,
    });
    replica.pause();
    await hasty.set("a", "1", TTL);
    const before = await waits(master);
    await hasty.set("a", "2", TTL);
    await hasty.delete("a");
    assert.equal(await waits(master), before + 2);
    replica.resume();
  },
);

rule(
  "RedisStore: a write costs one command, and a WAIT where there are replicas",
  async (server) => {
    await using store = await open(server.url);
    const version = await store.set("a", "1");
    await store.set("a", "2", { ifVersion: version });
    await server.command(["CONFIG", "RESETSTAT"]);
    const [entry] = await store.get(["a", "b", "c"]);
    const next = await store.set("a", "3", { ...TTL, ifVersion: entry!.version });
    await store.set("a", "4", TTL);
    assert.equal(await store.delete("a", { ifVersion: next }), false);
    await store.delete("a");
    const calls = await callsOf(server);
    assert.deepEqual(
      ["mget", "evalsha", "eval", "set", "del", "wait"].map((name) => calls.get(name) ?? 0),
      // The script for a delete was not known yet; it gets, sets and deletes within.
      [1, 2, 1, 2, 1, 0],
    );
  },
);

for (const replicas of [0, 1]) {
  const name =
    `RedisStore: a server that has forgotten the scripts gets them again, ${replicas} replicas`;
  rule(name, async (server) => {
    await using store = await open(server.url, { replicas, timeoutMs: 30_000 });
    let version = await store.set("a", "1");
    for (let round = 0; round < 3; round++) {
      version = await store.set("a", "2", { ifVersion: version });
      assert.ok(version);
      await server.command(["SCRIPT", "FLUSH"]);
    }
    assert.equal(await store.delete("a", { ifVersion: "another" }), false);
    assert.equal(await store.delete("a", { ifVersion: version }), true);
  });
}

rule("RedisStore: what a service without versions wrote is read, and has one", async (server) => {
  await using store = await open(server.url);
  for (const value of ['{"since":1}', "", "комната", "v1:x\ny", "v1:"]) {
    await server.command(["SET", "wq:s:a", value, "PX", 60_000]);
    const [entry, again] = await store.get(["a", "a"]);
    assert.equal(entry?.value, value);
    assert.deepEqual(again, entry);
    assert.equal(await store.set("a", "new", { ifVersion: null }), undefined);
    assert.equal(await store.set("a", "new", { ifVersion: "another" }), undefined);
    const version = await store.set("a", "new", { ifVersion: entry.version });
    assert.ok(version && version !== entry.version);
    await server.command(["SET", "wq:s:a", value]);
    assert.equal(await store.delete("a", { ifVersion: version }), false);
    assert.equal(await store.delete("a", { ifVersion: entry.version }), true);
  }
});

/** How often the server was given each command. */
async function callsOf(server: RedisServer): Promise<Map<string, number>> {
  const [info] = await server.command(["INFO", "commandstats"]);
  return new Map(
    [...String(info).matchAll(/cmdstat_(\w+):calls=(\d+)/g)].map((
      [, name, n],
    ) => [name!, Number(n)]),
  );
}

async function waits(server: RedisServer): Promise<number> {
  return (await callsOf(server)).get("wait") ?? 0;
}

rule("a Redis that answers and does not write is no store that answers", async (server) => {
  await using store = await open(server.url);
  await server.command(["CONFIG", "SET", "maxmemory", 1]);
  await assert.rejects(store.check(TIMEOUT_MS), /OOM/);
  await server.command(["CONFIG", "SET", "maxmemory", 0]);
  await store.check(TIMEOUT_MS);
  await server.command(["CONFIG", "SET", "maxmemory", 1]);
  // It has written a moment ago, and tries again after a while.
  await store.check(TIMEOUT_MS);
  await server.command(["CONFIG", "SET", "maxmemory", 0]);
  assert.deepEqual(await store.keys("", 10), []);
});
