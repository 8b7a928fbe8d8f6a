/**
 * The release as a drawing: a dot for each visitor, when it was told against its place in the line.
 * Evenly paced and first come first served is a straight line upwards.
 *
 * @module
 */

import { byId, oncePerFrame, shape } from "./dom.js";
import { counted, duration } from "./format.js";

/** Over several workers the service keeps the order to a second. */
const EXACT_TO_MS = 1_000;

const MAX_ZOOMED_MS = 200;

const MARGIN = { top: 10, right: 14, bottom: 22, left: 36 };

export class PacingStrip {
  #box = byId("pacing");
  #words = byId("pacing-words");
  #empty = byId("pacing-empty");
  #svg = shape("svg", { role: "img", "aria-label": "No release yet" });
  #rate = 0;
  /** @type {import("./release.js").Release | undefined} */
  #release;
  #soon = oncePerFrame(() => this.#draw());

  constructor() {
    this.#box.append(this.#svg);
    new ResizeObserver(this.#soon).observe(this.#box);
  }

  /** @param {number} rate visitors a second as configured, 0 for all at once */
  configure(rate) {
    this.#rate = rate;
    byId("pacing-rate").textContent = rate === 0 ? "all at once" : `${rate} a second`;
  }

  /** @param {import("./release.js").Release | undefined} release */
  show(release) {
    this.#release = release;
    this.#soon();
  }

  #draw() {
    const release = this.#release;
    const some = release !== undefined && release.told.length > 0;
    this.#empty.hidden = some;
    this.#words.textContent = some ? words(release) : "First come, first served, evenly spaced.";
    this.#svg.setAttribute("aria-label", some ? words(release) : "No release yet");
    this.#svg.replaceChildren(...(some ? this.#shapes(release) : []));
  }

  /** @param {import("./release.js").Release} release */
  #shapes(release) {
    const width = this.#box.clientWidth;
    const height = this.#box.clientHeight;
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const last = release.told.at(-1)?.after ?? 0;
    const planned = this.#rate === 0 ? 0 : (release.size - 1) / this.#rate * 1000;
    const span = roundSpan(Math.max(last, planned));
    const size = Math.max(release.size, 2);
    const x = (/** @type {number} */ ms) =>
      MARGIN.left + ms / span * (width - MARGIN.left - MARGIN.right);
    const y = (/** @type {number} */ rank) =>
      height - MARGIN.bottom - (rank - 1) / (size - 1) * (height - MARGIN.top - MARGIN.bottom);
    return [
      ...axes({ x, y, span, size: release.size, width, height }),
      shape("line", { class: "plan", x1: x(0), y1: y(1), x2: x(planned), y2: y(release.size) }),
      ...release.told.map(({ after, rank }) =>
        shape("circle", {
          class: "told",
          cx: x(after),
          cy: y(rank),
          r: release.size > 80 ? 2 : 2.75,
        })
      ),
    ];
  }
}

/**
 * @param {{ x: (ms: number) => number, y: (rank: number) => number, span: number, size: number,
 *   width: number, height: number }} scale
 */
function axes({ x, y, span, size, width, height }) {
  const parts = width < 420 ? 2 : 4;
  const times = Array.from({ length: parts + 1 }, (_, i) => {
    const place = i === 0 ? "start" : i === parts ? "end" : "middle";
    const at = span * i / parts;
    const label = i === 0 ? "go-live" : `${Number((at / 1000).toFixed(2))} s`;
    return shape("text", { class: `tick ${place}`, x: x(at), y: height - 4 }, label);
  });
  const right = width - MARGIN.right;
  return [
    shape("line", { class: "rule", x1: MARGIN.left, x2: right, y1: y(1), y2: y(1) }),
    shape("text", { class: "tick y", x: MARGIN.left - 8, y: y(1) + 4 }, "1st"),
    ...(size > 1
      ? [shape("text", { class: "tick y", x: MARGIN.left - 8, y: y(size) + 4 }, ordinal(size))]
      : []),
    ...times,
  ];
}

/** @param {number} rank */
function ordinal(rank) {
  const teen = rank % 100 > 10 && rank % 100 < 14;
  return `${rank}${teen ? "th" : ["th", "st", "nd", "rd"][rank % 10] ?? "th"}`;
}

const ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The next number of milliseconds of which a quarter is round. @param {number} ms */
function roundSpan(ms) {
  const quarter = Math.max(ms, MAX_ZOOMED_MS) / 4;
  const power = 10 ** Math.floor(Math.log10(quarter));
  return (ROUND.find((round) => quarter <= round * power) ?? 10) * power * 4;
}

/** @param {import("./release.js").Release} release */
function words(release) {
  const told = release.told;
  const rate = release.rate === undefined ? "" : `, ${release.rate.toFixed(0)} a second`;
  const late = release.onArrival === 0 ? "" : ` ${release.onArrival} more told on arrival.`;
  const last = told.at(-1)?.after ?? 0;
  return `${counted(told.length, "visitor")} told within ${duration(last)}${rate}, ${
    order(release)
  }.${late}`;
}

/** @param {import("./release.js").Release} release */
function order(release) {
  const { count, byMs } = release.overtaken;
  if (count === 0) return "in the order of arrival";
  if (byMs <= EXACT_TO_MS) return `in the order of arrival to ${duration(byMs)}`;
  return `${count} out of order, by up to ${duration(byMs)}`;
}
