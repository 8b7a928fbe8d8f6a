/**
 * How much later than its own visitor a go-live reaches one of another process over Redis.
 *
 *     deno run --allow-all tests/measure/go_live_latency.ts [rounds]
 *
 * @module
 */

import { percentile } from "../../src/commands/load/statistics.ts";
import { RedisServer } from "../support/redis.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { print } from "./setting.ts";

const rounds = Number(Deno.args[0] ?? 50);

/** Milliseconds from now until the visitor is told. */
async function told(visitor: StompSocket): Promise<number> {
  const began = performance.now();
  await visitor.message();
  return performance.now() - began;
}

await using redis = await RedisServer.start();
await using home = await Service.start({ REDIS_URL: redis.url, RELEASE_RATE: "0" });
await using other = await Service.start({ REDIS_URL: redis.url, RELEASE_RATE: "0" });
const token = await visitorToken("*");
const differences: number[] = [];
const latencies: number[] = [];
for (let round = 0; round < rounds; round++) {
  const conference = `round${round}@conference.meet.example`;
  using here = await StompSocket.visitor(home.port, token, conference);
  using there = await StompSocket.visitor(other.port, token, conference);
  const both = Promise.all([told(here), told(there)]);
  await goLive(home, conference);
  const [first, second] = await both;
  latencies.push(first);
  differences.push(second - first);
}

function describe(name: string, values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (percent: number) => `${percentile(sorted, percent).toFixed(1)} ms`;
  return `${name}: median ${at(50)}, p90 ${at(90)}, most ${at(100)}`;
}

print(describe("go-live to the first visitor at home", latencies));
print(describe("the first of the other process, after that", differences));
