/**
 * What the checks ask the machine; tests give another.
 *
 * @module
 */

import { constrainedMemory } from "node:process";
import type { ReadFile } from "../../process/limits.ts";

/** What the doctor asks of the machine; a test replaces it. */
export interface Machine {
  readonly cores: number;
  /** Octets. */
  readonly memory: {
    readonly total: number;
    readonly available: number;
    /** What the container may use; 0 or more than there is where nothing limits it. */
    readonly constrained: number;
  };
  /** @throws {Error} the file is not there, or must not be read. */
  readonly readFile: ReadFile;
}

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  const { total, available } = Deno.systemMemoryInfo();
  return {
    cores: navigator.hardwareConcurrency,
    memory: { total, available, constrained: constrainedMemory() },
    readFile: Deno.readTextFileSync,
  };
}
