/**
 * The table of all settings, from their declarations.
 *
 * @module
 */

import type { DoorSettings } from "./declaration.ts";
import { type Declared, declaredSettings } from "./declarations.ts";

/** In Markdown, with the doors that each setting belongs to. */
export function settingsTable(doors: readonly DoorSettings[]): string {
  const rows = declaredSettings(doors).map(row);
  return [
    "| name | default | door | meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function row({ name, declaration, doors }: Declared): string {
  const { default: value, demoDefault, shownDefault, doc } = declaration;
  const standard = value === undefined ? shownDefault ?? "" : `\`${value}\``;
  const shown = demoDefault === undefined || demoDefault === value
    ? standard
    : `${standard}; in the demo \`${demoDefault}\``;
  return `| \`${name}\` | ${shown} | ${doors.join(", ")} | ${doc.replaceAll("|", "\\|")} |`;
}
