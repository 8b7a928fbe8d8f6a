/**
 * The settings: read from the environment, checked whole, documented from their declarations.
 *
 * @module
 */

import { type KeyFiles, systemFiles } from "../auth/public_key_files.ts";
import { checkService } from "./checks.ts";
import { type Declared, declaredSettings, type ServiceValues } from "./declarations.ts";
import type { Around, DoorSettings } from "./declaration.ts";
import { demoMode } from "./demo.ts";
import { CLIENT_KEYS, SYSTEM_KEYS } from "./key_declarations.ts";
import { lookAlike } from "./look_alikes.ts";
import { type Env, isSet, readValues, type Values } from "./reading.ts";
import { type Problem, problemLine, type Remarks, type Warning } from "./remark.ts";
import { buildSettings, type Doors, keySettings, type Settings } from "./settings.ts";

export { settingsTable } from "./table.ts";
export type { DoorSettings } from "./declaration.ts";
export type { Env } from "./reading.ts";
export { type Problem, type Warning, warningLine } from "./remark.ts";
export { doorValues, type KeySettings, type Settings } from "./settings.ts";

/** What {@linkcode loadSettings} asks the program and the system; tests replace the latter. */
export interface LoadOptions {
  /** All doors there are, open or not. */
  readonly doors: readonly DoorSettings[];
  readonly cores?: number;
  readonly files?: KeyFiles;
}

/** Settings that cannot be used; `problems` has them all, and no value of a key or a secret. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly code = "settings";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(`Cannot use the settings:\n${problems.map((one) => `  ${problemLine(one)}`).join("\n")}`);
    this.problems = problems;
  }
}

/**
 * Reads and checks all settings. An empty value is an unset one.
 *
 * @throws {SettingsError} with every problem there is.
 */
export function loadSettings(
  env: Env,
  options: LoadOptions,
): { settings: Settings; warnings: Warning[] } {
  const declared = declaredSettings(options.doors);
  const { demo, problems: notMeant } = demoMode(declared, env);
  const read = readValues(declared, demo ? withoutKeys(env) : env, { demo });
  const values = read.values as ServiceValues;
  const around = { demo, deploy: isSet("DENO_DEPLOYMENT_ID", env) };
  const doors = doorsOf(options.doors, read.values, demo);
  const service = checkService({
    ...around,
    values,
    keys: { client: keySettings(values, "client"), system: keySettings(values, "system") },
    files: options.files ?? systemFiles,
  });
  const ofDoors = checkDoors(options.doors, doors, around);
  const problems = [...notMeant, ...read.problems, ...service.problems, ...ofDoors.problems];
  const unknown = misspelt(declared, env);
  if (problems.length > 0) throw new SettingsError([...problems, ...beside(problems, unknown)]);
  const cores = options.cores ?? navigator.hardwareConcurrency;
  return {
    settings: buildSettings(values, doors, { ...around, cores }),
    warnings: [
      ...service.warnings,
      ...ofDoors.warnings,
      ...(demo ? ignoredKeys(env) : []),
      ...unknown,
    ],
  };
}

/** Which are open, and the values of all. */
function doorsOf(doors: readonly DoorSettings[], values: Values, demo: boolean): Doors {
  const listed = (values as ServiceValues).DOORS;
  const open = doors.filter(({ name, always, demoOnly }) =>
    always || (demoOnly ? demo : listed.includes(name))
  );
  return {
    open: open.map(({ name }) => name),
    values: Object.fromEntries(doors.map(({ name, settings }) => [
      name,
      Object.fromEntries(Object.keys(settings).map((setting) => [setting, values[setting]])),
    ])),
  };
}

/** Of a closed door the form of its settings is checked, and nothing between them. */
function checkDoors(
  doors: readonly DoorSettings[],
  { open, values }: Doors,
  around: Around,
): Remarks {
  const remarks = doors.filter(({ name }) => open.includes(name))
    .map((door) => door.check?.(values[door.name]!, around));
  return {
    problems: remarks.flatMap((one) => one?.problems ?? []),
    warnings: remarks.flatMap((one) => one?.warnings ?? []),
  };
}

const KEY_SETTINGS = Object.keys({ ...CLIENT_KEYS, ...SYSTEM_KEYS });

/** The demo makes its own, and a token of anybody else's would open it. */
function withoutKeys(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !KEY_SETTINGS.includes(name)));
}

function ignoredKeys(env: Env): Warning[] {
  const text = "is ignored in demo mode: keys are made for each run";
  return KEY_SETTINGS.filter((name) => isSet(name, env))
    .map((setting) => ({ code: "ignored", setting, text }));
}

function misspelt(declared: readonly Declared[], env: Env): Warning[] {
  const known = declared.map(({ name }) => name);
  return Object.keys(env).flatMap((setting): Warning[] => {
    const meant = lookAlike(setting, known);
    if (meant === undefined) return [];
    return [{
      code: "misspelt",
      setting,
      text: `is not a setting; did you mean ${meant}?`,
    }];
  });
}

/** A name that is misspelt may be the reason of another problem. */
function beside(problems: readonly Problem[], unknown: readonly Warning[]): Problem[] {
  return unknown.filter(({ setting }) => problems.every((one) => one.setting !== setting))
    .map(({ setting, text }) => ({ setting: setting!, text }));
}
