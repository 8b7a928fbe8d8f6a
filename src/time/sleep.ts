import type { Clock } from "./clock.ts";

/** Resolves `ms` milliseconds from now; for 0 in the next turn of the event loop. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
