import assert from "node:assert/strict";
import { DOORS } from "../../src/app.ts";
import { systemFiles } from "../../src/auth/public_key_files.ts";
import {
  type Env,
  type LoadOptions,
  loadSettings,
  type Settings,
  SettingsError,
  warningLine,
} from "../../src/config/config.ts";
import { declaredSettings } from "../../src/config/declarations.ts";
import { problemLine } from "../../src/config/remark.ts";

export const SECRET = "a-secret-of-thirty-two-octets-01";
export const OTHER_SECRET = "another-secret-of-enough-octets-2";
export const PLACE = { XMPP_DOMAIN: "meet.example", XMPP_MUC_DOMAIN: "conference.meet.example" };

/** The name of every setting, of the service and of all doors. */
export const settingNames = declaredSettings(DOORS).map(({ name }) => name);

/** Of the system, what a test replaces. */
export interface Replaced extends Partial<Omit<LoadOptions, "files">> {
  readonly readFile?: (path: string) => string;
}

export function load(env: Env, options: Replaced = {}): Settings {
  return loadSettings(env, complete(options)).settings;
}

/** Each as one sentence. */
export function warningsOf(env: Env, options: Replaced = {}): string[] {
  return loadSettings(env, complete(options)).warnings.map(warningLine);
}

/** Each as one line; none where the settings can be used. */
export function problemsOf(env: Env, options: Replaced = {}): readonly string[] {
  try {
    loadSettings(env, complete(options));
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.problems.map(problemLine);
  }
  return [];
}

function complete({ readFile, ...options }: Replaced): LoadOptions {
  const files = readFile ? { ...systemFiles, read: readFile } : systemFiles;
  return { doors: DOORS, cores: 4, files, ...options };
}
