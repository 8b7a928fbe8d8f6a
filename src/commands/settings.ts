/**
 * The settings of the service, as a command sees them: those of its own environment.
 *
 * @module
 */

import { DOORS } from "../app.ts";
import {
  type Env,
  loadSettings,
  type Problem,
  type Settings,
  SettingsError,
  type Warning,
} from "../config/config.ts";
import { problemLine } from "../config/remark.ts";
import { UsageError } from "./usage_error.ts";

/** What {@linkcode tryReadSettings} found. */
export type SettingsResult =
  | { readonly settings: Settings; readonly warnings: readonly Warning[] }
  | { readonly problems: readonly Problem[] };

/** The settings, or every problem there is. */
export function tryReadSettings(env: Env): SettingsResult {
  try {
    return loadSettings(env, { doors: DOORS });
  } catch (error) {
    if (error instanceof SettingsError) return { problems: error.problems };
    throw error;
  }
}

/** @throws {UsageError} with every problem there is. */
export function readSettings(env: Env): Settings {
  const result = tryReadSettings(env);
  if ("settings" in result) return result.settings;
  throw new UsageError(
    ["Cannot use the settings:", ...result.problems.map(problemLine)].join("\n  "),
    "settings",
  );
}
