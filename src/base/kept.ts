import type { Clock } from "../time/clock.ts";

/**
 * `make`, called at most once at a time, and its answer given to all who ask while it is made and
 * for `ms` milliseconds after. A failure is told to those who wait for it and is not kept.
 */
export function kept<T>(make: () => Promise<T>, ms: number, clock: Clock): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let until = Infinity;
  return () => {
    if (answer && clock.now() < until) return answer;
    until = Infinity;
    const making = answer = make();
    making.then(() => until = clock.now() + ms, () => answer = undefined);
    return making;
  };
}
