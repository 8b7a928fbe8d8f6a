/**
 * A picture of a load: how many waited, and were told, when. It is made for light and dark pages
 * alike: no background, and colours that stand out from both.
 *
 * @module
 */

import { delays, type Outcome } from "./outcome.ts";
import { scaleTo } from "./scale.ts";
import { formatCount, formatMs, percentile } from "./statistics.ts";

const WIDTH = 880;
const PANEL_HEIGHT = 330;
/** Of the plot within a panel. */
const PLOT = { left: 84, right: 852, top: 96, bottom: 268 };
/** Points of a curve: more cannot be seen. */
const MAX_POINTS = 400;
/** The row of each mark's label, above the plot. */
const MARK_ROWS = [86, 72, 58];

const STYLE = `
  text { font: 13px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #737a84; }
  .title { font-size: 16px; font-weight: 600; }
  .mark { font-size: 12px; }
  .grid { stroke: #8b949e; stroke-opacity: .3; }
  .axis { stroke: #8b949e; }
  .dash { stroke: #8b949e; stroke-dasharray: 3 3; }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
  .area { fill-opacity: .14; }
  .waited { stroke: #3b82f6; } .waited.area { fill: #3b82f6; stroke: none; }
  .told { stroke: #12a17b; } .told.area { fill: #12a17b; stroke: none; }
`;

/** One curve with its axes. */
interface Panel {
  readonly kind: "waited" | "told";
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** When the n-th came, in milliseconds; ascending. */
  readonly times: readonly number[];
}

/** An SVG document. */
export function renderChart(outcome: Outcome): string {
  const panels = panelsOf(outcome);
  const height = PANEL_HEIGHT * panels.length;
  const drawn = panels.map((panel, i) => {
    return `<g transform="translate(0 ${i * PANEL_HEIGHT})">\n${drawPanel(panel)}</g>\n`;
  });
  const label = panels.map(({ title }) => title).join("; ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ` +
    `width="${WIDTH}" height="${height}" role="img" aria-label="${label}">\n` +
    `<style>${STYLE}</style>\n${drawn.join("")}</svg>\n`;
}

function panelsOf(outcome: Outcome): Panel[] {
  const { wanted, result: { waitedAt, connectMs } } = outcome;
  // The first began about as long before it waited as it took.
  const began = (waitedAt[0] ?? 0) - (connectMs[0] ?? 0);
  const waiting: Panel = {
    kind: "waited",
    title: `${formatCount(waitedAt.length)} of ${formatCount(wanted)} visitors wait`,
    xLabel: "since the first connection",
    yLabel: "visitors who wait",
    times: waitedAt.map((at) => at - began),
  };
  if (!outcome.live) return [waiting];
  const times = delays(outcome);
  const told: Panel = {
    kind: "told",
    title: `${formatCount(times.length)} of ${formatCount(waitedAt.length)} visitors told live`,
    xLabel: "since the go-live was sent",
    yLabel: "visitors told",
    times,
  };
  return [told, waiting];
}

function drawPanel({ kind, title, xLabel, yLabel, times }: Panel): string {
  const { left, right, top, bottom } = PLOT;
  const unit = (times.at(-1) ?? 0) >= 2_000
    ? { name: "seconds", ms: 1_000 }
    : { name: "ms", ms: 1 };
  const x = scaleTo((times.at(-1) ?? 0) / unit.ms, { from: left, to: right, ticks: 10 });
  const y = scaleTo(times.length, { from: bottom, to: top, ticks: 4 });
  const points = curve(times).map(([time, n]) =>
    `${fixed(x.at(time / unit.ms))} ${fixed(y.at(n))}`
  );
  const parts = [
    text(title, { x: left, y: 32, name: "title" }),
    ...y.ticks.map((n) => line([left, y.at(n)], [right, y.at(n)], n === 0 ? "axis" : "grid")),
    ...y.ticks.map((n) => text(formatCount(n), { x: left - 8, y: y.at(n) + 4, anchor: "end" })),
    ...x.ticks.map((n) => line([x.at(n), bottom], [x.at(n), bottom + 5], "axis")),
    ...x.ticks.map((n) =>
      text(String(Number(n.toPrecision(6))), { x: x.at(n), y: bottom + 21, anchor: "middle" })
    ),
    text(`${unit.name} ${xLabel}`, { x: (left + right) / 2, y: bottom + 44, anchor: "middle" }),
    `<text transform="translate(20 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">` +
    `${yLabel}</text>`,
  ];
  if (points.length > 0) {
    const path = `M${points.join("L")}`;
    const end = fixed(x.at(times.at(-1)! / unit.ms));
    const start = fixed(x.at(times[0]! / unit.ms));
    parts.push(`<path class="${kind} area" d="${path}L${end} ${bottom}L${start} ${bottom}Z"/>`);
    parts.push(`<path class="${kind} line" d="${path}"/>`);
    parts.push(...marks(times, (ms) => x.at(ms / unit.ms)));
  }
  return parts.map((part) => `${part}\n`).join("");
}

/** Where the median, the last but one percent, and the last are. */
function marks(times: readonly number[], at: (ms: number) => number): string[] {
  const { left, right, bottom } = PLOT;
  const percents = [[50, "half"], [99, "99 %"], [100, "all"]] as const;
  return percents.flatMap(([percent, name], i) => {
    const ms = percentile(times, percent);
    const [x, row] = [at(ms), MARK_ROWS[i]!];
    const anchor = x > (left + right) / 2 ? "end" : "start";
    const beside = anchor === "end" ? x - 5 : x + 5;
    return [
      line([x, row - 9], [x, bottom], "dash"),
      text(`${name} after ${formatMs(ms)}`, { x: beside, y: row, anchor, name: "mark" }),
    ];
  });
}

/** `[time, how many by then]`, thinned out. */
function curve(times: readonly number[]): [number, number][] {
  const step = Math.max(1, Math.ceil(times.length / MAX_POINTS));
  const points: [number, number][] = times.length > 0 ? [[times[0]!, 0]] : [];
  for (let i = 0; i < times.length; i += step) points.push([times[i]!, i + 1]);
  if (times.length > 0) points.push([times.at(-1)!, times.length]);
  return points;
}

type Point = readonly [x: number, y: number];

function line([x1, y1]: Point, [x2, y2]: Point, name: string): string {
  return `<path class="${name}" d="M${fixed(x1)} ${fixed(y1)}L${fixed(x2)} ${fixed(y2)}"/>`;
}

interface TextOptions {
  readonly x: number;
  readonly y: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly name?: string;
}

function text(content: string, { x, y, anchor = "start", name }: TextOptions): string {
  const style = name === undefined ? "" : ` class="${name}"`;
  return `<text${style} x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${content}</text>`;
}

function fixed(number: number): string {
  return String(Math.round(number * 10) / 10);
}
