/**
 * Writes the table of events into the README and into docs/events.md, from what the door declares.
 *
 * @module
 */

import { type Row, TABLE } from "../../src/doors/events/table.ts";

const ROOT = new URL("../../", import.meta.url);
const MARKED = /(?<=<!-- events -->\n)[^]*?(?=<!-- \/events -->)/;
/** Files that have the table, and whether with the members of `data`. */
const FILES: readonly (readonly [path: string, whole: boolean])[] = [
  ["README.md", false],
  ["docs/events.md", true],
];

function table(whole: boolean): string {
  const head = ["what happened", "`name`", "`required_acl`", ...(whole ? ["`data`"] : [])];
  const rows = Object.values<Row<never>>(TABLE).map(({ what, name, requiredAcl, data }) => {
    const members = Object.entries(data).map(([member, type]) => `\`${member}\`: ${type}`);
    return [what, `\`${name}\``, `\`${requiredAcl}\``, ...(whole ? [members.join("; ")] : [])];
  });
  return ["", head, head.map(() => "---"), ...rows, ""]
    .map((cells) => typeof cells === "string" ? cells : `| ${cells.join(" | ")} |`)
    .join("\n") + "\n";
}

/** The text with the table as it is now. @throws {Error} it has no place for it. */
export function withEventsTable(text: string, whole: boolean): string {
  if (!MARKED.test(text)) throw new Error("There is no place for the table of events");
  const ignored = `<!-- deno-fmt-ignore-start -->\n${table(whole)}<!-- deno-fmt-ignore-end -->\n`;
  return text.replace(MARKED, () => ignored);
}

/** The files with the table, each as it is and as it should be. */
export function eventsTables(): { path: string; is: string; should: string }[] {
  return FILES.map(([path, whole]) => {
    const is = Deno.readTextFileSync(new URL(path, ROOT));
    return { path, is, should: withEventsTable(is, whole) };
  });
}

if (import.meta.main) {
  for (const { path, should } of eventsTables()) {
    await Deno.writeTextFile(new URL(path, ROOT), should);
  }
}
