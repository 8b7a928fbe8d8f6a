import assert from "node:assert/strict";
import { RedisBus } from "../../src/bus/redis.ts";
import { redisAvailable } from "../support/redis.ts";
import { RedisClusterServers } from "../support/redis_cluster.ts";
import { busConformance } from "./conformance.ts";

// A cluster takes two seconds to come up, so all tests share one and have a prefix each.
let cluster: RedisClusterServers | undefined;

Deno.test.beforeAll(async () => {
  if (redisAvailable()) cluster = await RedisClusterServers.start(2);
});

Deno.test.afterAll(() => cluster?.[Symbol.asyncDispose]());

busConformance("RedisBus in a cluster", () => {
  const prefix = crypto.randomUUID();
  return Promise.resolve({
    join: () => RedisBus.open({ url: cluster!.url, prefix }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}, () => !redisAvailable());

Deno.test("F19: when the slot of the bus moves to another master, everyone follows after a gap", async () => {
  if (!cluster) return;
  const options = { url: cluster.url, prefix: crypto.randomUUID(), probeMs: 200, timeoutMs: 500 };
  await using a = await RedisBus.open(options);
  await using b = await RedisBus.open(options);
  const gaps = [a, b].map((bus) => new Promise<void>((resolve) => bus.onGap(resolve)));
  await b.subscribe("t", () => "b").ready;
  await moveSlot(cluster, `{${options.prefix}:0}`);
  await Promise.all(gaps);
  const { answers, complete } = await a.ask("t", "?", 5000);
  assert.deepEqual([...answers], [[b.id, "b"]]);
  assert.equal(complete, true);
});

/** Gives the slot of `key` to the node that does not have it. */
async function moveSlot({ nodes }: RedisClusterServers, key: string): Promise<void> {
  const slot = Number((await nodes[0]!.command(["CLUSTER", "KEYSLOT", key]))[0]);
  const ids = await Promise.all(nodes.map(async (node) => {
    return String((await node.command(["CLUSTER", "MYID"]))[0]);
  }));
  const to = slot < 8192 ? 1 : 0;
  // The new owner first, as the cluster's specification says.
  for (const node of [nodes[to]!, nodes[1 - to]!]) {
    await node.command(["CLUSTER", "SETSLOT", slot, "NODE", ids[to]!]);
  }
}
