/**
 * How much later than its own visitor a go-live reaches one of another process over Redis.
 *
 *     deno run --allow-all tests/measure/go_live_latency.ts [rounds]
 *
 * @module
 */

import { RedisServer } from "../support/redis.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";

const rounds = Number(Deno.args[0] ?? 50);

/** Milliseconds from now until the visitor is told. */
async function told(visitor: StompSocket): Promise<number> {
  const began = performance.now();
  await visitor.message();
  return performance.now() - began;
}

function percentile(values: readonly number[], part: number): string {
  return values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))]!.toFixed(1);
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
const line = (name: string, values: readonly number[]) =>
  `${name}: median ${percentile(values, 0.5)} ms, p90 ${percentile(values, 0.9)} ms, ` +
  `most ${percentile(values, 1)} ms\n`;
await Deno.stdout.write(
  new TextEncoder().encode(
    line("go-live to the first visitor at home", latencies) +
      line("the first of the other process, after that", differences),
  ),
);
