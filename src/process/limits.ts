/**
 * What the system lets this process have, for the settings that were not given.
 *
 * @module
 */

import { constrainedMemory } from "node:process";

/** File descriptors that are kept for files, the listener, requests and backing services. */
const RESERVE = 512;
/** Where the limit cannot be read, and where there is none. */
const UNKNOWN = 10_000;
const UNLIMITED = 1_000_000;
/** The part of the memory that the service takes before it turns strangers away. */
const MEMORY_PART = 0.8;
/** How a file is read; a test replaces it. @throws {Error} it cannot be read. */
export type ReadFile = (path: string) => string;

/** How many WebSockets this process may hold open: its limit on file descriptors, less a reserve. */
export function connectionsByLimit(readFile: ReadFile): number {
  return knownConnectionsByLimit(readFile) ?? UNKNOWN;
}

/** The same; undefined where the limit cannot be read, as in the image. */
export function knownConnectionsByLimit(readFile: ReadFile): number | undefined {
  return lessReserve(readFile, RESERVE);
}

/**
 * How many TCP connections this process may accept, whatever they are for. It is more than there are
 * WebSockets, of which there are at most `connections`, so that backends find room.
 */
export function acceptedByLimit(readFile: ReadFile, connections: number): number {
  return lessReserve(readFile, RESERVE / 2) ?? connections + RESERVE / 2;
}

/** Undefined where the limit cannot be read. */
function lessReserve(readFile: ReadFile, reserve: number): number | undefined {
  const limits = tryRead(readFile, "/proc/self/limits") ?? "";
  const found = limits.match(/^Max open files +(\d+|unlimited)/m)?.[1];
  if (found === "unlimited") return UNLIMITED;
  if (found === undefined) return undefined;
  const limit = Number(found);
  return limit > 2 * reserve ? limit - reserve : Math.max(1, Math.floor(limit / 2));
}

/** How much memory the machine has, and how much its container may use; a test replaces it. */
export interface Memory {
  readonly total: number;
  /** Octets; 0 or more than there is where nothing limits it. */
  readonly constrained: number;
}

/** Octets of resident memory from which on there is no room for strangers. */
export function memoryByLimit({ total, constrained }: Memory = memory()): number {
  return MEMORY_PART * (constrained > 0 ? Math.min(total, constrained) : total);
}

function memory(): Memory {
  return { total: Deno.systemMemoryInfo().total, constrained: constrainedMemory() };
}

function tryRead(readFile: ReadFile, path: string): string | undefined {
  try {
    return readFile(path);
  } catch {
    return undefined;
  }
}
