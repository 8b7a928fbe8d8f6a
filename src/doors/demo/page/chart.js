/**
 * The count over time, as steps: a count holds until the next one is heard.
 *
 * @module
 */

import { clock } from "./format.js";
import { shape } from "./dom.js";

/** The time shown grows with what there is to show, up to two minutes. */
const SHORTEST_MS = 30_000;
const LONGEST_MS = 120_000;
/** The longest label of a mark, on both sides of its line. */
const LABEL_WIDTH = 84;
const LABEL_HEIGHT = 13;
const MARGIN = { top: 18, right: 14, bottom: 22, left: 36 };

/**
 * @typedef {object} Scale
 * @property {(at: number) => number} x
 * @property {(count: number) => number} y
 * @property {number} from
 * @property {number} to
 * @property {number} top
 */

export class CountChart {
  #svg;
  #width = 0;
  #height = 0;
  /** Where the reader points, in pixels. @type {number | undefined} */
  #pointer;
  /** @type {import("./history.js").History | undefined} */
  #history;

  /** @param {HTMLElement} box which the drawing fills */
  constructor(box) {
    this.#svg = shape("svg", { role: "img", "aria-label": "No counts yet" });
    box.append(this.#svg);
    new ResizeObserver(() => {
      this.#width = box.clientWidth;
      this.#height = box.clientHeight;
      this.draw();
    }).observe(box);
    box.addEventListener("pointermove", (event) => this.#point(event.offsetX));
    box.addEventListener("pointerleave", () => this.#point(undefined));
  }

  /** @param {import("./history.js").History} history */
  show(history) {
    this.#history = history;
    this.draw();
  }

  draw() {
    if (this.#history === undefined || this.#width === 0) return;
    const now = Date.now();
    const age = now - (this.#history.since ?? now);
    const from = now - Math.min(Math.max(age, SHORTEST_MS), LONGEST_MS);
    const points = this.#history.between(from, now);
    const scale = this.#scale(points, from, now);
    this.#svg.setAttribute("viewBox", `0 0 ${this.#width} ${this.#height}`);
    this.#svg.setAttribute("aria-label", summary(points));
    this.#svg.replaceChildren(
      ...this.#grid(scale),
      ...this.#marks(scale),
      ...lines(points, scale),
      ...this.#reading(scale),
    );
  }

  /** @param {number | undefined} x */
  #point(x) {
    this.#pointer = x;
    this.draw();
  }

  /**
   * @param {import("./history.js").Point[]} points
   * @param {number} from
   * @param {number} to
   * @returns {Scale}
   */
  #scale(points, from, to) {
    const top = roundTop(Math.max(0, ...points.map(({ count }) => count ?? 0)));
    const width = this.#width - MARGIN.left - MARGIN.right;
    const height = this.#height - MARGIN.top - MARGIN.bottom;
    return {
      x: (at) => MARGIN.left + (at - from) / (to - from) * width,
      y: (count) => MARGIN.top + (1 - count / top) * height,
      from,
      to,
      top,
    };
  }

  /** @param {Scale} scale */
  #grid({ x, y, from, to, top }) {
    const right = this.#width - MARGIN.right;
    const rows = [0, top / 2, top].flatMap((count) => [
      shape("line", { class: "rule", x1: MARGIN.left, x2: right, y1: y(count), y2: y(count) }),
      shape("text", { class: "tick y", x: MARGIN.left - 8, y: y(count) + 4 }, String(count)),
    ]);
    const columns = agoTicks(to - from, this.#width).map((ago) => {
      const place = ago === 0 ? "end" : ago === to - from ? "start" : "middle";
      const label = ago === 0 ? "now" : `${ago / 1000} s ago`;
      return shape("text", { class: `tick ${place}`, x: x(to - ago), y: this.#height - 4 }, label);
    });
    return [...rows, ...columns];
  }

  /** @param {Scale} scale */
  #marks({ x, from, to }) {
    const marks = this.#history?.marksBetween(from, to) ?? [];
    let [row, before] = [0, -Infinity];
    return marks.flatMap(({ at, label }) => {
      const end = x(at) > this.#width - 60;
      // Beside the label before it, or below: never on it.
      row = x(at) - before < LABEL_WIDTH ? 1 - row : 0;
      before = x(at);
      const line = { x1: x(at), x2: x(at), y1: MARGIN.top, y2: this.#height - MARGIN.bottom };
      return [
        shape("line", { class: `mark ${label}`, ...line }),
        shape("text", {
          class: `mark-label ${label} ${end ? "end" : "start"}`,
          x: x(at) + (end ? -4 : 4),
          y: MARGIN.top - 6 + row * LABEL_HEIGHT,
        }, label),
      ];
    });
  }

  /** What was known at the time that the reader points to. @param {Scale} scale */
  #reading({ x, y, from, to }) {
    if (this.#pointer === undefined) return [];
    const share = (this.#pointer - x(from)) / (x(to) - x(from));
    const at = from + share * (to - from);
    const count = share < 0 || share > 1 ? undefined : this.#history?.at(at);
    if (count === undefined) return [];
    const end = share > 0.6;
    return [
      shape("line", { class: "hair", x1: x(at), x2: x(at), y1: y(0), y2: MARGIN.top }),
      shape("circle", { class: "dot", cx: x(at), cy: y(count), r: 4 }),
      shape("text", {
        class: `reading ${end ? "end" : "start"}`,
        x: x(at) + (end ? -8 : 8),
        y: MARGIN.top + 10,
      }, `${count} at ${clock(at)}`),
    ];
  }
}

/** The area, its edge and its end. @param {import("./history.js").Point[]} points @param {Scale} scale */
function lines(points, { x, y, to }) {
  let edge = "";
  let area = "";
  points.forEach(({ at, count }, index) => {
    if (count === undefined) return;
    const end = points[index + 1]?.at ?? to;
    const joined = index > 0 && points[index - 1]?.count !== undefined;
    edge += `${joined ? "V" : `M${x(at)} `}${y(count)}H${x(end)}`;
    area += `M${x(at)} ${y(0)}V${y(count)}H${x(end)}V${y(0)}Z`;
  });
  const last = points.at(-1)?.count;
  return [
    shape("path", { class: "area", d: area }),
    shape("path", { class: "edge", d: edge }),
    ...(last === undefined
      ? []
      : [shape("circle", { class: "dot", cx: x(to), cy: y(last), r: 4 })]),
  ];
}

/** Round times, so many that their labels stand apart. @param {number} span @param {number} width */
function agoTicks(span, width) {
  const most = width < 330 ? 2 : 3;
  const steps = [10_000, 20_000, 30_000, 60_000];
  const step = steps.find((candidate) => span / candidate <= most) ?? LONGEST_MS;
  const count = Math.floor(span / step);
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

/** The next round and even number, so that the half is whole too. @param {number} highest */
function roundTop(highest) {
  const steps = [4, 10, 20, 40, 60, 100, 200];
  return steps.find((step) => highest <= step) ?? Math.ceil(highest / 200) * 200;
}

/** The drawing in words. @param {import("./history.js").Point[]} points */
function summary(points) {
  const last = points.at(-1)?.count;
  if (last === undefined) return "No count is known";
  const highest = Math.max(...points.map(({ count }) => count ?? 0));
  return `Visitors waiting in the last two minutes: now ${last}, at most ${highest}`;
}
