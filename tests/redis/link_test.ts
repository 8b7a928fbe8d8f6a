import assert from "node:assert/strict";
import { createRedisClient } from "../../src/redis/client.ts";
import { RedisLink } from "../../src/redis/link.ts";
import { parseRedisUrl } from "../../src/redis/url.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";

function link(url: string): RedisLink {
  return new RedisLink({
    name: "test",
    create: () => createRedisClient(parseRedisUrl(url), 60_000),
  });
}

Deno.test("commands that a held server owes are bounded", async () => {
  if (!redisAvailable()) return;
  await using server = await RedisServer.start();
  await using redis = link(server.url);
  await redis.tried;
  server.pause();
  const owed = Array.from({ length: 20_000 }, () => redis.use((client) => client.ping(), 60_000));
  const ends = Promise.allSettled(owed);
  await assert.rejects(redis.use((client) => client.ping(), 60_000), /owes 20000 answers/);
  server.resume();
  assert.ok((await ends).every(({ status }) => status === "fulfilled"));
  assert.equal(await redis.use((client) => client.ping(), 60_000), "PONG");
});

Deno.test("a link that is disposed while it connects or waits ends at once", async () => {
  if (!redisAvailable()) return;
  await using server = await RedisServer.start();
  const connecting = link(server.url);
  await connecting[Symbol.asyncDispose]();
  await connecting.tried;
  await server.kill();
  const waiting = link(server.url);
  await waiting.tried;
  await assert.rejects(waiting.use((client) => client.ping(), 1000), /not connected: .*REFUSED/);
  await Promise.all([waiting[Symbol.asyncDispose](), waiting[Symbol.asyncDispose]()]);
});

Deno.test("a connection that is dropped is replaced", async () => {
  if (!redisAvailable()) return;
  await using server = await RedisServer.start();
  const ups = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let up = 0;
  await using redis = new RedisLink({
    name: "test",
    create: () => createRedisClient(parseRedisUrl(server.url), 60_000),
    onUp: () => ups[up++]?.resolve(),
  });
  await ups[0]!.promise;
  const id = () => redis.use((client) => client.call("CLIENT", "ID"), 5000);
  const first = await id();
  redis.drop("the test says so");
  redis.drop("twice is harmless");
  await ups[1]!.promise;
  assert.notEqual(await id(), first);
});
