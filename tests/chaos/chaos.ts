/**
 * Looks for schedules that break a promise of docs/promises.md:
 *
 *     deno task chaos [--minutes 30] [--seed 1] [--part simulation|processes]
 *
 * Half of the time goes to simulated schedules, one a seed, and half to real processes over a real
 * Redis, Sentinel and Cluster. A run prints its seeds; a simulated failure its shortest schedule.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { processes } from "./processes.ts";
import { simulate } from "./simulation.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    seed: { type: "string" },
    part: { type: "string" },
  },
});
const minutes = Number(values.minutes);
const first = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const share = values.part ? 1 : 0.5;

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Plays seeds until the time is over; gives how many failed. */
async function simulation(): Promise<number> {
  const until = Date.now() + minutes * 60_000 * share;
  let [seed, failed] = [first, 0];
  for (; Date.now() < until; seed++) {
    const failure = await simulate(seed);
    if (!failure) continue;
    failed++;
    print(`seed ${seed} breaks "${failure.promise}": ${failure.detail}`);
    print(JSON.stringify(failure.shortest));
  }
  print(`simulation: seeds ${first} to ${seed - 1}, ${failed} broke a promise`);
  return failed;
}

print(`first seed ${first}`);
let failures = 0;
if (values.part !== "processes") failures += await simulation();
if (values.part !== "simulation") failures += await processes(first, minutes * share, print);
Deno.exitCode = failures > 0 ? 1 : 0;
