import { mintToken } from "../../auth/mint.ts";
import { epochMs, type Job, type Progress, type Result } from "./job.ts";
import { Visitor, type VisitorEvents } from "./visitor.ts";

/** Visitors that are on their way at a time: what a listener's backlog takes. */
const MAX_CONNECTING = 256;
/** Who does not wait after this long never will. */
const CONNECT_MS = 30_000;
const TICK_MS = 10;
/** Reasons that are told apart; a server may put anything into one. */
const MAX_REASONS = 20;
const MAX_REASON = 200;

/** All visitors of one process. */
export class Crowd implements VisitorEvents {
  readonly #visitors = new Set<Visitor>();
  /** Those of them that are on their way, in the order in which they began. */
  readonly #connecting = new Set<Visitor>();
  readonly #connectMs: number[] = [];
  readonly #waitedAt: number[] = [];
  readonly #toldAt: number[] = [];
  readonly #failures = new Map<string, number>();
  #begun = 0;
  #lost = 0;
  #failed = 0;
  #repeated = 0;

  constructor(readonly job: Job) {}

  get progress(): Progress {
    const [waited, told] = [this.#waitedAt.length, this.#toldAt.length];
    return { type: "progress", waited, told, lost: this.#lost, failed: this.#failed };
  }

  get result(): Result {
    return {
      type: "result",
      connectMs: this.#connectMs,
      waitedAt: this.#waitedAt,
      toldAt: this.#toldAt,
      repeated: this.#repeated,
      failures: Object.fromEntries(this.#failures),
    };
  }

  /** Lets all of them come, at the rate of the job, until `signal` says to stop. */
  async gather(signal: AbortSignal): Promise<void> {
    const from = performance.now();
    const { visitors, rate } = this.job;
    while (!signal.aborted && (this.#begun < visitors || this.#connecting.size > 0)) {
      const due = Math.ceil((performance.now() - from + TICK_MS) * rate / 1_000);
      const most = Math.min(visitors, due);
      while (this.#begun < most && this.#connecting.size < MAX_CONNECTING) await this.#begin();
      this.#giveUp();
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  /** Everybody goes away. */
  leave(): void {
    for (const visitor of this.#visitors) visitor.leave();
    this.#visitors.clear();
  }

  waiting(visitor: Visitor): void {
    const now = epochMs();
    this.#connecting.delete(visitor);
    this.#connectMs.push(now - visitor.startedAt);
    this.#waitedAt.push(now);
  }

  told({ state }: Visitor): void {
    if (state === "told") this.#repeated++;
    else this.#toldAt.push(epochMs());
  }

  lost(visitor: Visitor, reason: string): void {
    this.#visitors.delete(visitor);
    if (this.#connecting.delete(visitor)) this.#failed++;
    else this.#lost++;
    const known = this.#failures.size < MAX_REASONS ? reason.slice(0, MAX_REASON) : "other";
    this.#failures.set(known, (this.#failures.get(known) ?? 0) + 1);
  }

  async #begin(): Promise<void> {
    const { token } = this.job;
    this.#begun++;
    const text = typeof token === "string"
      ? token
      : await mintToken({ ...token.spec, name: `visitor ${this.#begun}` }, token.key);
    const visitor = new Visitor(this.job, text, this);
    this.#visitors.add(visitor);
    this.#connecting.add(visitor);
  }

  #giveUp(): void {
    const before = epochMs() - CONNECT_MS;
    for (const visitor of this.#connecting) {
      if (visitor.startedAt > before) break;
      visitor.leave();
      this.lost(visitor, `did not get to wait within ${CONNECT_MS / 1_000} s`);
    }
  }
}
