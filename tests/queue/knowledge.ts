import type { Known } from "../../src/queue/live_record.ts";

/** Live until then, as heard over the bus. */
export function live(until: number, version = 1): Known {
  return { version, state: "live", since: 1, until, sure: true };
}

/** Not live any more. */
export function ended(version: number): Known {
  return { version, state: "ended", since: 2, until: Infinity, sure: true };
}
