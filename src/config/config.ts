/**
 * The settings: read from the environment, checked whole, documented from their declarations.
 *
 * @module
 */

import { type Checked, problemsBetween, warningsAbout } from "./checks.ts";
import {
  type Declaration,
  DECLARATIONS,
  isSensitive,
  settingNames,
  type Values,
} from "./declarations.ts";
import { lookAlike } from "./look_alikes.ts";
import { examinePublicKey } from "./public_key.ts";
import { buildSettings, type Settings } from "./settings.ts";

export { type SettingName, settingNames } from "./declarations.ts";
export type { KeySettings, Settings } from "./settings.ts";
export type { AsapMapping } from "./schemas.ts";

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What {@linkcode loadSettings} asks the system; tests replace it. */
export interface LoadOptions {
  readonly cores?: number;
  readonly readFile?: (path: string) => string;
}

/** Settings that cannot be used; `problems` has them all, and no value of a key or a secret. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly code = "settings";
  /** One line each: `NAME: what is wrong; accepted: what is`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Cannot use the settings:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
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
  options: LoadOptions = {},
): { settings: Settings; warnings: string[] } {
  const problems: string[] = [];
  const values = readValues(env, problems);
  const readFile = options.readFile ?? Deno.readTextFileSync;
  const checked: Checked = {
    values,
    fingerprints: checkPublicKeys(values, problems, readFile),
    hasClientKeys: hasKeys(env, /^JWT_(APP_SECRET|PUBLIC_KEY|JWKS_URL|ASAP_\w+)$/),
    hasSystemKeys: hasKeys(env, /^SYSTEM_JWT_(SECRET|PUBLIC_KEY|JWKS_URL|ASAP_\w+)$/),
    deploy: isSet(env.DENO_DEPLOYMENT_ID),
  };
  problems.push(...problemsBetween(checked));
  if (problems.length > 0) throw new SettingsError(problems);
  const settings = buildSettings(values, {
    demo: !checked.hasClientKeys && !checked.hasSystemKeys,
    deploy: checked.deploy,
    cores: options.cores ?? navigator.hardwareConcurrency,
  });
  return { settings, warnings: [...warningsAbout(checked), ...misspelt(env)] };
}

/** The table of all settings, in Markdown. */
export function settingsTable(): string {
  const rows = settingNames.map((name) => {
    const { default: value, shownDefault, doc }: Declaration = DECLARATIONS[name];
    const shown = value === undefined ? shownDefault ?? "" : `\`${value}\``;
    return `| \`${name}\` | ${shown} | ${doc.replaceAll("|", "\\|")} |`;
  });
  return ["| name | default | meaning |", "| --- | --- | --- |", ...rows, ""].join("\n");
}

/** A wrong value is reported and stands in as if it were unset, so that the rest can be checked. */
function readValues(env: Env, problems: string[]): Values {
  const values: Record<string, unknown> = {};
  for (const name of settingNames) {
    const { schema, default: fallback }: Declaration = DECLARATIONS[name];
    const text = readText(name, env[name]);
    const result = schema.safeParse(text ?? fallback);
    if (result.success || text === undefined) {
      values[name] = result.data;
      continue;
    }
    const value = isSensitive(name) ? "its value" : JSON.stringify(text.slice(0, 60));
    problems.push(`${name}: cannot use ${value}; accepted: ${schema.description}`);
    values[name] = fallback === undefined ? undefined : schema.parse(fallback);
  }
  return values as Values;
}

/** Blanks around a value are an accident of files and templates, except in a secret. */
function readText(name: string, text: string | undefined): string | undefined {
  if (!isSet(text)) return undefined;
  return name.endsWith("_SECRET") ? text : text.trim();
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== "";
}

/** Reports keys that cannot be used; of the others, what tells one from another. */
function checkPublicKeys(
  values: Values,
  problems: string[],
  readFile: (path: string) => string,
): Checked["fingerprints"] {
  const check = (name: "JWT_PUBLIC_KEY" | "SYSTEM_JWT_PUBLIC_KEY") => {
    const text = values[name];
    if (text === undefined) return undefined;
    const result = examinePublicKey(text, readFile);
    if ("fingerprint" in result) return result.fingerprint;
    const accepted = DECLARATIONS[name].schema.description;
    problems.push(`${name}: ${result.problem}; accepted: ${accepted}`);
    return undefined;
  };
  return { client: check("JWT_PUBLIC_KEY"), system: check("SYSTEM_JWT_PUBLIC_KEY") };
}

function hasKeys(env: Env, pattern: RegExp): boolean {
  return settingNames.some((name) => pattern.test(name) && isSet(env[name]));
}

function misspelt(env: Env): string[] {
  return Object.keys(env).flatMap((name) => {
    const meant = lookAlike(name, settingNames);
    return meant ? [`${name} is not a setting; did you mean ${meant}?`] : [];
  });
}
