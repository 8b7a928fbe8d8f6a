/**
 * Findings for a person: a mark, what was looked at, what was found, and what to do next.
 *
 * @module
 */

import type { Finding, Section, Status } from "./finding.ts";
import { printable } from "./printable.ts";

/** How a report is written. */
export interface ReportStyle {
  readonly colours: boolean;
  /** Where lines are broken; `undefined`: nowhere. */
  readonly columns: number | undefined;
}

const MARKS: Readonly<Record<Status, readonly [mark: string, colour: number]>> = {
  fine: ["✓", 32],
  doubtful: ["!", 33],
  broken: ["✗", 31],
  no: ["✗", 2],
  skipped: ["·", 2],
};

const BOLD = 1;
const DIM = 2;
/** A wider line is hard to read, and a narrower one is no line. */
const MAX_COLUMNS = 120;
const FEWEST_COLUMNS = 30;

/** The report as lines, with a line end. */
export function renderReport(sections: readonly Section[], style: ReportStyle): string {
  const width = Math.max(...sections.flatMap(({ findings }) => findings.map(nameWidth)), 0);
  const blocks = sections.map(({ title, findings }) => [
    paint(printable(title), BOLD, style),
    ...findings.flatMap((finding) => lines(finding, width, style)),
  ]);
  return blocks.map((block) => block.join("\n")).join("\n\n") + "\n";
}

function nameWidth({ name }: Finding): number {
  return name.length;
}

function lines({ name, status, text, next }: Finding, width: number, style: ReportStyle): string[] {
  const [mark, colour] = MARKS[status];
  const head = `  ${paint(mark, colour, style)} ${name.padEnd(width)}  `;
  const indent = " ".repeat(width + 6);
  const [first = "", ...rest] = wrap(printable(text), indent.length, style);
  const advice = next === undefined ? [] : wrap(printable(next), indent.length + 2, style);
  return [
    head + first,
    ...rest.map((line) => indent + line),
    ...advice.map((line, i) => indent + paint(i === 0 ? `→ ${line}` : `  ${line}`, DIM, style)),
  ];
}

/** Breaks at blanks; a word that is too long stays whole, so that it can be copied. */
function wrap(text: string, indent: number, { columns }: ReportStyle): string[] {
  if (columns === undefined) return [text];
  const most = Math.max(Math.min(columns, MAX_COLUMNS) - indent, FEWEST_COLUMNS);
  const wrapped: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > most) {
      wrapped.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...wrapped, line];
}

function paint(text: string, code: number, { colours }: ReportStyle): string {
  return colours ? `\x1b[${code}m${text}\x1b[0m` : text;
}
