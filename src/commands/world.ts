/**
 * What a command sees of the world outside it; tests give it another.
 *
 * @module
 */

import type { Env } from "../config/config.ts";

/** What a command asks of its surroundings; a test replaces it. */
export interface World {
  readonly env: Env;
  /** Whether stdout shows colours. */
  readonly colours: boolean;
  /** Of the terminal; `undefined` where stdout is none, and lines are as long as they are. */
  readonly columns: number | undefined;
  /** Writes to stdout. */
  out(text: string): void;
  /** Writes to stderr. */
  err(text: string): void;
  /** All of stdin. @throws {UsageError} it has more than `maxOctets`. */
  readInput(maxOctets: number): Promise<string>;
}
