/**
 * A command, and what happens to its errors.
 *
 * @module
 */

import { printable } from "./printable.ts";
import { UsageError } from "./usage_error.ts";
import type { World } from "./world.ts";

/** Something that an operator runs beside the service. */
export interface Command {
  /** What `--help` shows. Its first line is `Usage: ...`. */
  readonly usage: string;
  /** Resolves with the exit code. @throws {UsageError} exit code 2; any other error: 1. */
  run(args: readonly string[], world: World): Promise<number>;
}

const FAILED = 1;
const WRONG_USAGE = 2;

/** Runs a command. Resolves with the exit code; never fails. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  world: World,
): Promise<number> {
  if (asksForHelp(args)) {
    world.out(command.usage);
    return 0;
  }
  try {
    return await command.run(args, world);
  } catch (error) {
    return report(error, command, world);
  }
}

function report(error: unknown, { usage }: Command, world: World): number {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").map(printable).join("\n");
  if (!(error instanceof UsageError)) {
    world.err(`Failed: ${lines}\n`);
    return FAILED;
  }
  const hint = error.code === "arguments" ? `${usage.split("\n")[0]}\nMore with --help.\n` : "";
  world.err(`${lines}\n${hint}`);
  return WRONG_USAGE;
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  return options.includes("--help") || options.includes("-h");
}
