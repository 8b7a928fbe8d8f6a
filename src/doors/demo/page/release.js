/**
 * One release: who was told when, and in which order they had come.
 *
 * @module
 */

/**
 * @typedef {object} Told
 * @property {number} number of the visitor
 * @property {number} rank its place in the line, from 1
 * @property {number} after milliseconds since go-live
 * @property {number} arrivedAt by the same clock as the others'
 */

/** Who is told later than this after the one before came when the release was over. */
const OVER_AFTER_MS = 2_500;

export class Release {
  /** @type {Map<number, number>} */
  #ranks = new Map();
  /** In the order in which they were told. @type {Told[]} */
  told = [];
  /** How many were told on arrival, since it was over. */
  onArrival = 0;

  /**
   * @param {number} startedAt by the page's monotonic clock
   * @param {number[]} line the numbers of who waits, first come first
   */
  constructor(startedAt, line) {
    this.startedAt = startedAt;
    line.forEach((number, index) => this.#ranks.set(number, index + 1));
  }

  /** How many are, or were, in the line. */
  get size() {
    return this.#ranks.size;
  }

  /** @param {{ number: number, arrivedAt: number, toldAt: number }} visitor */
  add({ number, arrivedAt, toldAt }) {
    const after = toldAt - this.startedAt;
    const last = this.told.at(-1)?.after ?? 0;
    if (!this.#ranks.has(number)) {
      if (after - last > OVER_AFTER_MS) {
        this.onArrival++;
        return;
      }
      this.#ranks.set(number, this.size + 1);
    }
    this.told.push({ number, rank: this.#ranks.get(number) ?? 0, after, arrivedAt });
  }

  /** Visitors a second, from the first told to the last; `undefined` where that says nothing. */
  get rate() {
    const first = this.told.at(0);
    const last = this.told.at(-1);
    if (first === undefined || last === undefined || last.after - first.after < 100) {
      return undefined;
    }
    return (this.told.length - 1) * 1000 / (last.after - first.after);
  }

  /**
   * How many were told after somebody who had come later, and by how long at most that one had
   * come later.
   */
  get overtaken() {
    let latest = -Infinity;
    let count = 0;
    let byMs = 0;
    for (const { arrivedAt } of this.told) {
      if (arrivedAt < latest) {
        count++;
        byMs = Math.max(byMs, latest - arrivedAt);
      }
      latest = Math.max(latest, arrivedAt);
    }
    return { count, byMs };
  }
}
