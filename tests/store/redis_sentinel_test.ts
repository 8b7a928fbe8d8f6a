import assert from "node:assert/strict";
import { RedisStore } from "../../src/store/redis.ts";
import { StoreError } from "../../src/store/store.ts";
import { redisAvailable } from "../support/redis.ts";
import { RedisSentinelServers } from "../support/redis_sentinel.ts";

const TTL_MS = 3_600_000;

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
  await using store = await RedisStore.open({ url: servers.url, timeoutMs: 500 });
  await store.set("a", "1", TTL_MS);
  await servers.master.kill();
  assert.deepEqual(await again(() => store.get(["a"])), ["1"]);
  await again(() => store.set("b", "2", TTL_MS));
  assert.deepEqual(await servers.replica.command(["GET", "wq:s:b"]), ["2"]);
});
