/**
 * The counts that the moderator heard, for the chart.
 *
 * @module
 */

/**
 * @typedef {{ at: number, count: number | undefined }} Point `undefined`: nothing is heard from then
 * @typedef {{ at: number, label: string }} Mark
 */

/** A count a second for more than the time that the chart shows. */
const MAX_POINTS = 600;

const MAX_MARKS = 40;

export class History {
  /** @type {Point[]} */
  #points = [];
  /** @type {Mark[]} */
  #marks = [];

  /** @param {Point} point */
  add(point) {
    if (point.count === undefined && this.#points.at(-1)?.count === undefined) return;
    this.#points.push(point);
    if (this.#points.length > MAX_POINTS) this.#points.shift();
  }

  /** Notes what happened, as going live. @param {Mark} mark */
  mark(mark) {
    this.#marks.push(mark);
    if (this.#marks.length > MAX_MARKS) this.#marks.shift();
  }

  /** When the first count that is kept was heard. */
  get since() {
    return this.#points[0]?.at;
  }

  /** The count that was known at a time. @param {number} at @returns {number | undefined} */
  at(at) {
    return this.#points.findLast((point) => point.at <= at)?.count;
  }

  /**
   * What was known between two times: a count holds until the next, so the last one before `from`
   * counts as one at `from`.
   *
   * @param {number} from
   * @param {number} to
   * @returns {Point[]}
   */
  between(from, to) {
    const inside = this.#points.filter(({ at }) => at > from && at <= to);
    const before = this.at(from);
    return before === undefined ? inside : [{ at: from, count: before }, ...inside];
  }

  /** @param {number} from @param {number} to @returns {Mark[]} */
  marksBetween(from, to) {
    return this.#marks.filter(({ at }) => at > from && at <= to);
  }
}
