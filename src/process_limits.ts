/**
 * What the system lets this process have, for the settings that were not given.
 *
 * @module
 */

/** File descriptors that are kept for files, the listener, requests and backing services. */
const RESERVE = 512;
/** Where the limit cannot be read. */
const UNKNOWN = 10_000;
/** The part of the memory that the service takes before it turns strangers away. */
const MEMORY_PART = 0.8;
/** The memory limit of a container: cgroup version 2 and 1. */
const MEMORY_LIMITS = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/** How a file is read; a test replaces it. @throws {Error} it cannot be read. */
export type ReadFile = (path: string) => string;

/** How many connections this process may hold open: its limit on file descriptors, less a reserve. */
export function connectionsByLimit(readFile: ReadFile): number {
  const limits = tryRead(readFile, "/proc/self/limits") ?? "";
  const limit = Number(limits.match(/^Max open files +(\d+)/m)?.[1]);
  if (Number.isNaN(limit)) return UNKNOWN;
  return limit > 2 * RESERVE ? limit - RESERVE : Math.max(1, Math.floor(limit / 2));
}

/** Octets of resident memory from which on there is no room for strangers. */
export function memoryByLimit(readFile: ReadFile, totalMemory: () => number): number {
  const container = MEMORY_LIMITS.map((path) => Number(tryRead(readFile, path)?.trim() || NaN));
  return MEMORY_PART * Math.min(totalMemory(), ...container.filter((limit) => limit > 0));
}

function tryRead(readFile: ReadFile, path: string): string | undefined {
  try {
    return readFile(path);
  } catch {
    return undefined;
  }
}
