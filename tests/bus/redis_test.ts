import { RedisBus } from "../../src/bus/redis.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { busConformance } from "./conformance.ts";

const noRedis = () => !redisAvailable();

busConformance("RedisBus", async () => {
  const server = await RedisServer.start();
  return {
    join: () => RedisBus.open({ url: server.url }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}, noRedis);
