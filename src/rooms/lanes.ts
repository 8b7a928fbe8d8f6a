/** The most changes of one room that wait in this isolate for those before them. */
const MAX_WAITING = 2_000;

/**
 * One thing at a time for each key, so that those of one isolate never make each other try again;
 * what is left to fight over is between isolates.
 */
export class Lanes {
  readonly #lanes = new Map<string, { last: Promise<unknown>; waiting: number }>();

  /** Whether nothing runs or waits for `key`. */
  free(key: string): boolean {
    return !this.#lanes.has(key);
  }

  /** Runs `work` after what was given for `key` before; undefined where too much waits. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> | undefined {
    const lane = this.#lanes.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (lane.waiting >= MAX_WAITING) return undefined;
    this.#lanes.set(key, lane);
    lane.waiting++;
    const run = lane.last.then(work);
    lane.last = run.catch(() => {}).then(() => {
      if (--lane.waiting === 0) this.#lanes.delete(key);
    });
    return run;
  }
}
