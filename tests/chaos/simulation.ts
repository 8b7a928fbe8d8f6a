import { violations } from "../sim/invariants.ts";
import { type Schedule, scheduleOf } from "../sim/schedule.ts";
import { shrink } from "../sim/shrink.ts";
import { play } from "../sim/world.ts";

/** A schedule that broke a promise. */
export interface Failure {
  readonly seed: number;
  readonly promise: string;
  readonly detail: string;
  /** The shortest that was found to break the same promise. */
  readonly shortest: Schedule;
}

/** Plays the schedule of `seed`. Gives what it broke, with the shortest schedule for it. */
export async function simulate(seed: number, shrinks = 400): Promise<Failure | undefined> {
  const schedule = scheduleOf(seed);
  const [first] = await broken(schedule);
  if (!first) return undefined;
  const { promise, detail } = first;
  const fails = async (each: Schedule) => {
    return (await broken(each)).some((violation) => violation.promise === promise);
  };
  const shortest = shrinks > 0 ? await shrink(schedule, fails, shrinks) : schedule;
  return { seed, promise, detail, shortest };
}

async function broken(schedule: Schedule): Promise<ReturnType<typeof violations>> {
  return violations(await play(schedule));
}
