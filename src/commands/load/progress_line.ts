import type { World } from "../world.ts";
import { formatCount } from "./statistics.ts";

/** Where stderr is no terminal, a line this often. */
const LINE_MS = 2_000;
const WIDEST_BAR = 40;
/** Room for the numbers beside the bar. */
const NUMBERS = 45;

/** What is drawn. */
export interface Step {
  readonly what: string;
  readonly done: number;
  readonly of: number;
  readonly failed: number;
}

/** A bar that moves, in a terminal; else a line now and then. */
export class ProgressLine {
  #lastLine = -Infinity;
  #drawn = "";
  #lastDone = 0;
  #lastAt: number | undefined;
  #speed = 0;

  constructor(readonly world: Pick<World, "columns" | "err">, readonly now: () => number) {}

  /** Draws `step`, if it is time for that. */
  draw(step: Step): void {
    this.#measure(step.done);
    const { columns } = this.world;
    const text = textOf(step, this.#speed, columns);
    if (columns !== undefined) {
      if (text !== this.#drawn) this.world.err(`\r${text.padEnd(this.#drawn.length)}`);
      this.#drawn = text;
    } else if (this.now() - this.#lastLine >= LINE_MS) {
      this.#lastLine = this.now();
      this.world.err(`${text}\n`);
    }
  }

  /** Ends what was drawn; the next step begins on a line of its own. */
  end(step: Step): void {
    const { columns } = this.world;
    const text = textOf(step, 0, columns);
    const over = columns === undefined ? "" : "\r";
    this.world.err(`${over}${text.padEnd(this.#drawn.length)}\n`);
    this.#lastLine = -Infinity;
    this.#drawn = "";
    this.#lastAt = undefined;
  }

  #measure(done: number): void {
    const now = this.now();
    if (this.#lastAt === undefined || done < this.#lastDone) {
      [this.#lastAt, this.#lastDone, this.#speed] = [now, done, 0];
    } else if (now - this.#lastAt >= 1_000) {
      this.#speed = (done - this.#lastDone) / (now - this.#lastAt) * 1_000;
      [this.#lastAt, this.#lastDone] = [now, done];
    }
  }
}

function textOf({ what, done, of, failed }: Step, speed: number, columns?: number): string {
  const parts = [`${what} ${formatCount(done)}/${formatCount(of)}`];
  if (speed > 0) parts.push(`${formatCount(speed)}/s`);
  if (failed > 0) parts.push(`${formatCount(failed)} failed`);
  const numbers = parts.join("  ");
  if (columns === undefined) return numbers;
  const width = Math.min(WIDEST_BAR, columns - NUMBERS);
  if (width < 10) return numbers.slice(0, Math.max(0, columns - 1));
  const full = Math.min(width, Math.floor(width * done / Math.max(1, of)));
  return `[${"█".repeat(full)}${"·".repeat(width - full)}] ${numbers}`.slice(0, columns - 1);
}
