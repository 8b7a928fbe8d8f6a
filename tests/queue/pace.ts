import assert from "node:assert/strict";

/** A release looks for due visitors every 10 ms, and an isolate hears of a plan after another. */
const JITTER_MS = 25;

/**
 * Holds that no stretch of time, however short or long, has more of `times` than one every
 * `intervalMs` allows. Milliseconds, ascending.
 */
export function assertPace(times: readonly number[], intervalMs: number): void {
  let latest = -Infinity;
  times.forEach((time, i) => {
    const beat = time - i * intervalMs;
    const ahead = latest - beat;
    assert.ok(ahead <= JITTER_MS, `number ${i} comes ${ahead} ms too early for the rate`);
    latest = Math.max(latest, beat);
  });
}

/** {@linkcode assertPace}, and that no moment between the first and the last is left unused. */
export function assertEven(times: readonly number[], intervalMs: number): void {
  assertPace(times, intervalMs);
  times.slice(1).forEach((time, i) => {
    const gap = time - times[i]!;
    assert.ok(gap <= intervalMs + 2 * JITTER_MS, `a gap of ${gap} ms after number ${i}`);
  });
}
