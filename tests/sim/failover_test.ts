/** Every isolate subscribes everything anew at the same moment: the real bus on a slow Redis. */

import assert from "node:assert/strict";
import { failover } from "./failover.ts";
import { BUSY } from "./redis_costs.ts";

Deno.test("after a failover 64 isolates with 4000 topics each have them again as soon as Redis can", async () => {
  const size = { isolates: 64, channels: 4_000 };
  const seconds = await failover(size);
  const work = size.isolates * size.channels * BUSY.channel / 1e6;
  assert.ok(seconds !== undefined && seconds <= Math.ceil(work) + 1, `${seconds} s`);
});

Deno.test("after a failover 1000 isolates with 3000 topics each have them again as soon as Redis can", async () => {
  const size = { isolates: 1_000, channels: 3_000 };
  const seconds = await failover(size);
  const work = size.isolates * size.channels * BUSY.channel / 1e6;
  assert.ok(seconds !== undefined && seconds <= 2 * Math.ceil(work) + 1, `${seconds} s`);
});
