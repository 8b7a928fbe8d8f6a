/**
 * Writes the table of settings into the README, from the settings' declarations.
 *
 * @module
 */

import { DOORS } from "../../src/app.ts";
import { settingsTable } from "../../src/config/config.ts";

const README = new URL("../../README.md", import.meta.url);
const MARKED =
  /(?<=<!-- deno-fmt-ignore-start -->\n)\| name \|[^]*?(?=<!-- deno-fmt-ignore-end -->)/;

/** The text with the table as it is now. @throws {Error} it has no place for the table. */
export function withSettingsTable(readme: string): string {
  if (!MARKED.test(readme)) throw new Error("The README has no place for the table of settings");
  return readme.replace(MARKED, () => settingsTable(DOORS));
}

if (import.meta.main) {
  await Deno.writeTextFile(README, withSettingsTable(await Deno.readTextFile(README)));
}
