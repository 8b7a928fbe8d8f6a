import { FRONTS } from "../../e2e/setups.ts";
import { CASES } from "./cases.ts";
import { DIFFERENCES } from "./differences.ts";

const FILE = new URL("README.md", import.meta.url);
const MARK = "<!-- what follows is written by the test -->";

const SECTIONS: Readonly<Record<string, string>> = {
  "1": "messages of many sizes",
  "2": "pings and pongs",
  "3": "reserved bits",
  "4": "reserved opcodes",
  "5": "messages in fragments",
  "6": "UTF-8",
  "7": "the end",
  "9": "large messages",
  "10": "many fragments",
  mask: "frames without a mask",
};

/** The page as it is committed. */
export function readPage(): Promise<string> {
  return Deno.readTextFile(FILE);
}

/** Puts the tables as they are now in the place of those that are there. */
export async function writePage(): Promise<void> {
  await Deno.writeTextFile(FILE, pageOf(await readPage()));
}

/** The page with the tables as they are now. */
export function pageOf(page: string): string {
  const sections = Object.entries(SECTIONS).map(([section, name]) => {
    const ids = CASES.map(({ id }) => id).filter((id) => id.split(/[. ]/)[0] === section);
    const strict = FRONTS.toReversed().map((front) => {
      const others = DIFFERENCES.filter((one) => one.front === front).flatMap(({ cases }) => cases);
      return String(ids.filter((id) => !others.includes(id)).length);
    });
    return [section, name, String(ids.length), ...strict];
  });
  const differences = DIFFERENCES.map(({ front, cases, strict, instead, why }) => {
    return [
      front,
      cases.length > 8 ? `${cases.length} cases` : cases.join(", "),
      strict,
      instead,
      why,
    ];
  });
  return [
    page.split(MARK)[0] + MARK,
    table(["section", "what", "cases", "strict: `ws`", "strict: `deno`"], sections),
    table(["front", "cases", "a strict server", "here", "why"], differences),
  ].join("\n\n") + "\n";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |\n`;
  return (line(head) + rule + rows.map(line).join("")).trimEnd();
}
