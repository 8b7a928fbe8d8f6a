/** After this long without a plan whoever asked for reports has died. */
const PLAN_WAIT_MS = 2_000;

/** Who has asked for the reports of a line, and has not published the plan. */
export class OpenQuestions {
  #open: { readonly from: string; readonly at: number }[] = [];

  /** Isolate `from` asks. */
  add(from: string, now: number): void {
    this.#open = this.#open.filter(({ at }) => at + PLAN_WAIT_MS > now);
    this.#open.push({ from, at: now });
  }

  /** A plan of `from` has come. Gives when that was asked for, if it is known. */
  answered(from: string): number | undefined {
    const i = this.#open.findIndex((each) => each.from === from);
    return i < 0 ? undefined : this.#open.splice(i, 1)[0]!.at;
  }

  /** Until when plans are waited for. */
  get until(): number {
    return Math.max(-Infinity, ...this.#open.map(({ at }) => at)) + PLAN_WAIT_MS;
  }

  clear(): void {
    this.#open = [];
  }
}
