import type { Service } from "./service.ts";

/** Resident memory of a service's process, in MiB. */
export function residentMemory({ pid }: Service): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) / 1024;
}
