/**
 * What every measurement has: the service as it is started in production, and a look at its process.
 *
 * @module
 */

import { residentMemory } from "../support/resident.ts";
import { Service } from "../support/service.ts";
import type { Front } from "../e2e/setups.ts";

/** As in `deno task start`. */
const V8_FLAGS = [
  "--max-semi-space-size=4",
  "--memory-reducer-delay-ms=1000",
  "--gc-memory-reducer-start-delay-ms=1000",
  "--memory-pool-timeout=1",
].join(",");

/** Starts the service with one front and further settings. */
export function startService(
  front: Front,
  env: Readonly<Record<string, string>> = {},
): Promise<Service> {
  return Service.start({ WEBSOCKET_SERVER: front, DENO_V8_FLAGS: V8_FLAGS, ...env });
}

/** The machine, in a line. */
export function machine(): string {
  const cpu = /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1];
  const gib = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  const { deno } = Deno.version;
  return `${cpu ?? "?"}, ${navigator.hardwareConcurrency} cores, ${gib} GiB, Deno ${deno}`;
}

/** Seconds of processor time that a process has used. */
export function cpuSeconds({ pid }: Service): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime and stime, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The highest resident memory while `work` goes on, in MiB. */
export async function peakMemory(service: Service, work: () => Promise<void>): Promise<number> {
  let peak = residentMemory(service);
  const look = setInterval(() => peak = Math.max(peak, residentMemory(service)), 20);
  try {
    await work();
  } finally {
    clearInterval(look);
  }
  return Math.max(peak, residentMemory(service));
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Prints a line of a result. */
export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
