/**
 * Reads the values of settings from the environment.
 *
 * @module
 */

import { quote } from "../base/quote.ts";
import type { Declared } from "./declarations.ts";
import type { Problem } from "./remark.ts";
import { explanationOf } from "./schemas.ts";

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Values by the name of their setting. */
export type Values = Readonly<Record<string, unknown>>;

/** A wrong value is a problem and stands in as if it were unset, so that the rest can be checked. */
export function readValues(
  declared: readonly Declared[],
  env: Env,
  { demo }: { readonly demo: boolean },
): { values: Values; problems: Problem[] } {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const one of declared) {
    const { name, declaration: { schema, default: standard, demoDefault } } = one;
    const fallback = demo ? demoDefault ?? standard : standard;
    const text = readText(one, env);
    const result = schema.safeParse(text ?? fallback);
    if (result.success || text === undefined) {
      values[name] = result.data;
      continue;
    }
    problems.push(problemWith(one, text, explanationOf(result.error)));
    values[name] = fallback === undefined ? undefined : schema.parse(fallback);
  }
  return { values, problems };
}

/** Whether a setting is set. An empty or blank value is an unset one. */
export function isSet(name: string, env: Env): boolean {
  return (env[name] ?? "").trim() !== "";
}

/** Blanks around a value are an accident of files and templates, except in a secret. */
export function readText({ name }: Pick<Declared, "name">, env: Env): string | undefined {
  if (!isSet(name, env)) return undefined;
  return name.endsWith("_SECRET") ? env[name] : env[name]!.trim();
}

function problemWith(
  { name, declaration: { schema, secret } }: Declared,
  text: string,
  explanation: string | undefined,
): Problem {
  const value = secret ? "its value" : quote(text.replace(/^.*@/s, "[redacted]@"));
  const hint = /^(["']).*\1$/s.test(text) ? " (the quotes are a part of it: take them away)" : "";
  const why = explanation === undefined ? "" : `: ${explanation}`;
  return {
    setting: name,
    text: `cannot use ${value}${hint}${why}`,
    accepted: schema.description,
  };
}
