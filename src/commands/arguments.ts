/**
 * The command line.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { UsageError } from "./usage_error.ts";

/** Which options a command takes. */
export interface Options<V extends string, F extends string> {
  /** `--name text` or `--name=text`. */
  readonly values?: readonly V[];
  /** `--name`. */
  readonly flags?: readonly F[];
}

/** What stood on the command line. */
export interface Arguments<V extends string, F extends string> {
  readonly positionals: readonly string[];
  readonly values: { readonly [N in V]?: string };
  /** The flags that are there. */
  readonly flags: ReadonlySet<F>;
}

/** @throws {UsageError} an option is unknown, empty, or lacks its value. Shows no value. */
export function parseArguments<V extends string = never, F extends string = never>(
  args: readonly string[],
  { values = [], flags = [] }: Options<V, F>,
): Arguments<V, F> {
  const options = Object.fromEntries([
    ...values.map((name) => [name, { type: "string" }] as const),
    ...flags.map((name) => [name, { type: "boolean" }] as const),
  ]);
  const parsed = parse(args, options);
  const entries = Object.entries(parsed.values);
  const empty = entries.find(([, value]) => value === "");
  if (empty) throw new UsageError(`--${empty[0]} is empty`);
  return {
    positionals: parsed.positionals,
    values: Object.fromEntries(entries.filter(([, value]) => typeof value === "string")) as {
      [N in V]?: string;
    },
    flags: new Set(entries.filter(([, value]) => value === true).map(([name]) => name as F)),
  };
}

type ParseOptions = Record<string, { type: "string" | "boolean" }>;

function parse(
  args: readonly string[],
  options: ParseOptions,
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // The first sentence says what is wrong; what follows is about a case that is not here.
    throw new UsageError((error as Error).message.split(/\. |\.?\n/)[0]!);
  }
}
