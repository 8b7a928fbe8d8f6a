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

  /**
   * A plan of `from` has come, which it asked for at about `askedAt`. Gives when that was heard here,
   * if it is known. What it asked before is without a plan for good.
   *
   * @param apartMs by how much the two may be apart: on its way a question may be held up.
   */
  answered(from: string, askedAt: number, apartMs = Infinity): number | undefined {
    const its = this.#open.filter((each) => {
      return each.from === from && Math.abs(each.at - askedAt) <= apartMs;
    });
    const found = its.toSorted((a, b) => Math.abs(a.at - askedAt) - Math.abs(b.at - askedAt))[0];
    if (!found) return undefined;
    this.#open = this.#open.filter((each) => each.from !== from || each.at > found.at);
    return found.at;
  }

  /** Until when plans are waited for. */
  get until(): number {
    return Math.max(-Infinity, ...this.#open.map(({ at }) => at)) + PLAN_WAIT_MS;
  }

  clear(): void {
    this.#open = [];
  }
}
