import assert from "node:assert/strict";
import { Redis } from "ioredis";
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

Deno.test("RedisBus: services with another prefix or database number do not hear each other", async () => {
  if (noRedis()) return;
  await using server = await RedisServer.start();
  await using ours = await RedisBus.open({ url: server.url });
  await using prefixed = await RedisBus.open({ url: server.url, prefix: "other" });
  await using numbered = await RedisBus.open({ url: `${server.url}/3` });
  for (const bus of [prefixed, numbered]) await bus.subscribe("t", () => "not meant").ready;
  assert.deepEqual(await ours.ask("t", "?", 5000), { answers: new Map(), complete: true });
});

Deno.test("RedisBus: an id that cannot stand in a message is refused", async () => {
  await assert.rejects(RedisBus.open({ url: "redis://127.0.0.1", id: "a b" }), TypeError);
});

Deno.test("RedisBus: what others write on its channels is ignored", async () => {
  if (noRedis()) return;
  await using server = await RedisServer.start();
  await using bus = await RedisBus.open({ url: server.url, id: "me" });
  const { promise, resolve } = Promise.withResolvers<string>();
  await bus.subscribe("t", resolve).ready;
  for (
    const text of [
      "",
      "junk",
      "publish x\n",
      "tell x 99\nt",
      "tell x 0\n",
      "answer x 99\nstray",
      "\n\n",
      "x".repeat(9999),
    ]
  ) {
    const replies = await server.command(
      ["PUBLISH", "{wq:0}:t:t", text],
      ["PUBLISH", "{wq:0}:i:me", text],
    );
    assert.deepEqual(replies, [1, 1]);
  }
  await server.command(["PUBLISH", "{wq:0}:t:t", "publish x 0\nright"]);
  assert.equal(await promise, "right");
});

Deno.test("RedisBus: a receiver that never answers leaves an ask incomplete after its time", async () => {
  if (noRedis()) return;
  await using server = await RedisServer.start();
  await using a = await RedisBus.open({ url: server.url });
  await using b = await RedisBus.open({ url: server.url });
  await b.subscribe("t", () => "b").ready;
  const mute = new Redis({ port: server.port });
  await mute.subscribe("{wq:0}:t:t");
  const { answers, complete } = await a.ask("t", "?", 100);
  assert.deepEqual([...answers], [[b.id, "b"]]);
  assert.equal(complete, false);
  const ended = new Promise((resolve) => mute.once("end", resolve));
  mute.disconnect();
  await ended;
});
