/**
 * The settings of the service, as a command sees them: those of its own environment.
 *
 * @module
 */

import { type Env, loadSettings, type Settings, SettingsError } from "../config/config.ts";
import { UsageError } from "./usage_error.ts";

/** What {@linkcode tryReadSettings} found. */
export type SettingsResult =
  | { readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly problems: readonly string[] };

/** The settings, or every problem there is. */
export function tryReadSettings(env: Env): SettingsResult {
  try {
    return loadSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return { problems: error.problems };
    throw error;
  }
}

/** @throws {UsageError} with every problem there is. */
export function readSettings(env: Env): Settings {
  const result = tryReadSettings(env);
  if ("settings" in result) return result.settings;
  throw new UsageError(["Cannot use the settings:", ...result.problems].join("\n  "), "settings");
}
