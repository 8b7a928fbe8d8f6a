/**
 * A command as a process. The only file here that reads the environment.
 *
 * @module
 */

import { type Command, runCommand } from "./command.ts";
import { UsageError } from "./usage_error.ts";
import type { World } from "./world.ts";

/** The timers of keys, bus and store do not keep a process alive; a command that runs does. */
const KEEP_ALIVE_MS = 60_000;

/** Runs the command with the arguments of the process, and ends the process. */
export async function runProcess(command: Command): Promise<never> {
  setInterval(() => {}, KEEP_ALIVE_MS);
  Deno.exit(await runCommand(command, Deno.args, world()));
}

function world(): World {
  const terminal = Deno.stdout.isTerminal();
  return {
    env: Deno.env.toObject(),
    colours: terminal && !Deno.noColor,
    columns: terminal ? Deno.consoleSize().columns : undefined,
    out: (text) => write(Deno.stdout, text),
    err: (text) => write(Deno.stderr, text),
    readInput,
  };
}

function write(target: { writeSync(data: Uint8Array): number }, text: string): void {
  try {
    let rest = new TextEncoder().encode(text);
    while (rest.length > 0) rest = rest.subarray(target.writeSync(rest));
  } catch (error) {
    // Whoever reads has enough, as `head` does.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function readInput(maxOctets: number): Promise<string> {
  const decoder = new TextDecoder();
  let octets = 0;
  let text = "";
  for await (const chunk of Deno.stdin.readable) {
    octets += chunk.length;
    if (octets > maxOctets) throw new UsageError(`stdin has more than ${maxOctets} octets`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
