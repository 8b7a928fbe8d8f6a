import type { Schedule, Step } from "./schedule.ts";

/**
 * The shortest schedule that can be found by leaving things out of `schedule` for which `fails`
 * still holds. Tries at most `most` schedules.
 */
export async function shrink(
  schedule: Schedule,
  fails: (schedule: Schedule) => Promise<boolean>,
  most = 400,
): Promise<Schedule> {
  let [best, tried] = [schedule, 0];
  for (let shorter: Schedule | undefined = best; shorter;) {
    shorter = undefined;
    for (const candidate of simpler(best)) {
      if (++tried > most) return best;
      if (!await fails(candidate)) continue;
      shorter = best = candidate;
      break;
    }
  }
  return best;
}

/** The boldest first. */
function* simpler(schedule: Schedule): Iterable<Schedule> {
  const { steps, distances, clocks } = schedule;
  for (let size = Math.floor(steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < steps.length; at += size) {
      yield { ...schedule, steps: steps.toSpliced(at, size) };
    }
  }
  if (distances.length > 1) {
    yield { ...schedule, distances: distances.slice(1), clocks: clocks.slice(1) };
    yield { ...schedule, distances: distances.slice(0, -1), clocks: clocks.slice(0, -1) };
  }
  if (clocks.some((ms) => ms !== 0)) yield { ...schedule, clocks: clocks.map(() => 0) };
  for (const [i, step] of steps.entries()) {
    if (step.do !== "visit" || step.visitors === 1) continue;
    const fewer: Step = { ...step, visitors: Math.ceil(step.visitors / 2) };
    yield { ...schedule, steps: steps.with(i, fewer) };
  }
}
