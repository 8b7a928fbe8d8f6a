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
