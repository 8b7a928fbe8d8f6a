import { RedisStore } from "../../src/store/redis.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { storeConformance } from "./conformance.ts";

const noRedis = () => !redisAvailable();

storeConformance("RedisStore", async () => {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await RedisServer.start());
  return {
    store: stack.use(await RedisStore.open({ url: server.url })),
    other: stack.use(await RedisStore.open({ url: server.url })),
    elapse: (ms) => server.elapse(ms),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}, noRedis);
