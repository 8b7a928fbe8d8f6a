import assert from "node:assert/strict";
import { RedisStore } from "../../src/store/redis.ts";
import { StoreError } from "../../src/store/store.ts";
import { redisAvailable } from "../support/redis.ts";
import { RedisSentinelServers } from "../support/redis_sentinel.ts";
import { storeConformance } from "./conformance.ts";
import { valuesOf } from "./support.ts";

// They take seconds to come up, so all tests of the suite share them.
let shared: RedisSentinelServers | undefined;

Deno.test.beforeAll(async () => {
  if (redisAvailable()) shared = await RedisSentinelServers.start();
});

Deno.test.afterAll(() => shared?.[Symbol.asyncDispose]());

storeConformance("RedisStore by a Sentinel", async () => {
  const stack = new AsyncDisposableStack();
  const options = { url: shared!.url, prefix: crypto.randomUUID() };
  return {
    store: stack.use(await RedisStore.open(options)),
    other: stack.use(await RedisStore.open(options)),
    elapse: (ms) => shared!.master.elapse(ms),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}, () => !redisAvailable());

const TTL = { ttlMs: 3_600_000 };

/** Calls until the store answers again. */
async function again<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      assert.ok(error instanceof StoreError);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

Deno.test("F19: what a replica has confirmed is there when the master dies", async () => {
  if (!redisAvailable()) return;
  await using servers = await RedisSentinelServers.start();
  await using store = await RedisStore.open({
    url: servers.url,
    // However slow the machine is: the replica has it when the master is killed.
    timeoutMs: 30_000,
    replicaTimeoutMs: 20_000,
  });
  await store.set("a", "1", TTL);
  await servers.master.kill();
  assert.deepEqual(await again(() => valuesOf(store, "a")), ["1"]);
  await using after = await RedisStore.open({ url: servers.url });
  await again(() => after.set("b", "2", TTL));
  assert.match(String(await servers.replica.command(["GET", "wq:s:b"])), /\n2$/);
});
