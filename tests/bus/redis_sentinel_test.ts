import assert from "node:assert/strict";
import { RedisBus } from "../../src/bus/redis.ts";
import { redisAvailable } from "../support/redis.ts";
import { RedisSentinelServers } from "../support/redis_sentinel.ts";
import { busConformance } from "./conformance.ts";

// All tests of the suite share the servers and have a prefix each.
let shared: RedisSentinelServers | undefined;

Deno.test.beforeAll(async () => {
  if (redisAvailable()) shared = await RedisSentinelServers.start();
});

Deno.test.afterAll(() => shared?.[Symbol.asyncDispose]());

busConformance("RedisBus behind Sentinel", () => {
  const prefix = crypto.randomUUID();
  return Promise.resolve({
    join: () => RedisBus.open({ url: shared!.url, prefix }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}, () => !redisAvailable());

const faults = {
  "the master dies": (servers: RedisSentinelServers) => servers.master.kill(),
  "the master is replaced while it lives": (servers: RedisSentinelServers) => servers.failover(),
};

for (const [name, fault] of Object.entries(faults)) {
  Deno.test(`F19: when ${name}, everyone joins the new one after a gap`, async () => {
    if (!redisAvailable()) return;
    await using servers = await RedisSentinelServers.start();
    await using a = await RedisBus.open({ url: servers.url });
    await using b = await RedisBus.open({ url: servers.url });
    await b.subscribe("t", () => "b").ready;
    assert.equal((await a.ask("t", "?", 5000)).complete, true);
    const gaps = [a, b].map((bus) => new Promise<void>((resolve) => bus.onGap(resolve)));
    await fault(servers);
    await Promise.all(gaps);
    const { answers, complete } = await a.ask("t", "?", 5000);
    assert.deepEqual([...answers], [[b.id, "b"]]);
    assert.equal(complete, true);
    const [info] = await servers.replica.command(["INFO", "replication"]);
    assert.match(String(info), /role:master/);
  });
}
