import { nameOf } from "./case.ts";
import { REASONS } from "./differences.ts";
import { CASES } from "./table.ts";

/** The verdicts of both servers, in the order of {@linkcode CASES}. */
export interface Verdicts {
  readonly rabbitMq: readonly string[];
  readonly service: readonly string[];
}

const FILE = new URL("README.md", import.meta.url);
const MARK = "<!-- what follows is written by the test -->";

/** The page as it is committed. */
export async function readPage(): Promise<string> {
  return await Deno.readTextFile(FILE);
}

/** Puts the table of `verdicts` in the place of the one that is there. */
export async function writePage(verdicts: Verdicts): Promise<void> {
  const [text] = (await readPage()).split(MARK);
  await Deno.writeTextFile(FILE, `${text}${MARK}\n\n${tableOf(verdicts)}`);
}

/** The verdicts in the table of a page. @throws {Error} its rows are not the cases. */
export function readVerdicts(page: string): Verdicts {
  const rows = page.split(MARK)[1]?.split("\n").filter((line) => /^\| C/.test(line)) ?? [];
  const cells = rows.map((row) => row.slice(2, -2).split(/ \| /).map(unescape));
  const names = cells.map(([id, what]) => `${id}: ${what}`);
  if (names.join() !== CASES.map(nameOf).join()) throw new Error("The rows are not the cases");
  return { rabbitMq: cells.map((row) => row[2]!), service: cells.map((row) => row[3]!) };
}

/** The table, as it is formatted in the page. */
export function tableOf({ rabbitMq, service }: Verdicts): string {
  const rows = CASES.map((each, i) =>
    [
      each.id,
      each.what,
      rabbitMq[i]!,
      service[i]!,
      REASONS.get(nameOf(each)) ?? "",
    ].map(escape)
  );
  const head = ["case", "what is sent", "RabbitMQ", "here", "why not the same"];
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |\n`;
  return line(head) + rule + rows.map(line).join("");
}

function escape(cell: string): string {
  return cell.replaceAll("|", "\\|");
}

function unescape(cell: string): string {
  return cell.trim().replaceAll("\\|", "|");
}
