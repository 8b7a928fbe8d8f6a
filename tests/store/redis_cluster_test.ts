import assert from "node:assert/strict";
import { RedisStore } from "../../src/store/redis.ts";
import { redisAvailable } from "../support/redis.ts";
import { RedisClusterServers } from "../support/redis_cluster.ts";
import { storeConformance } from "./conformance.ts";

// A cluster takes two seconds to come up, so all tests share one.
let cluster: RedisClusterServers | undefined;

Deno.test.beforeAll(async () => {
  if (redisAvailable()) cluster = await RedisClusterServers.start(2);
});

Deno.test.afterAll(() => cluster?.[Symbol.asyncDispose]());

storeConformance("RedisStore in a cluster", async () => {
  const stack = new AsyncDisposableStack();
  const { nodes, url } = cluster!;
  const options = { url, prefix: crypto.randomUUID(), replicas: 0 };
  return {
    store: stack.use(await RedisStore.open(options)),
    other: stack.use(await RedisStore.open(options)),
    elapse: async (ms) => {
      for (const node of nodes) await node.elapse(ms);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}, () => !redisAvailable());

Deno.test("RedisStore in a cluster: writes at once to all masters, with a WAIT to each", async () => {
  if (!redisAvailable()) return;
  // There are no replicas: each write is done, and confirmed by nobody.
  const replicated = { replicas: 1, replicaTimeoutMs: 1, timeoutMs: 30_000 };
  const prefix = crypto.randomUUID();
  await using store = await RedisStore.open({ url: cluster!.url, prefix, ...replicated });
  const keys = Array.from({ length: 200 }, (_, i) => `k${i}`);
  const versions = await Promise.all(keys.map((key) => store.set(key, "1")));
  await Promise.all(keys.map((key, i) => {
    const ifVersion = versions[i];
    return i % 2 ? store.set(key, "2", { ifVersion }) : store.delete(key, { ifVersion });
  }));
  const values = (await store.get(keys)).map((entry) => entry?.value);
  assert.deepEqual(values, keys.map((_, i) => i % 2 ? "2" : undefined));
  assert.equal((await store.keys("k", 1000)).length, 100);
  for (const node of cluster!.nodes) {
    const [info] = await node.command(["INFO", "commandstats"]);
    const waits = Number(/cmdstat_wait:calls=(\d+)/.exec(String(info))?.[1]);
    assert.ok(waits > 0 && waits < 50, `${waits} flights`);
  }
});
