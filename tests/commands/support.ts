/**
 * Commands in this process, in a world of the test's own.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Command, runCommand } from "../../src/commands/command.ts";
import type { Finding, Section } from "../../src/commands/finding.ts";
import { DOORS } from "../../src/app.ts";
import { type Env, loadSettings } from "../../src/config/config.ts";

/**
 * Keeps the runtime's broadcast open for as long as the tests run: when the last channel of an
 * isolate is closed, one that is opened in the same moment cannot post.
 */
new BroadcastChannel("waiting-queue-tests-of-the-commands");

export const KEYS = {
  JWT_APP_SECRET: "client-secret-of-the-commands-0123456789",
  SYSTEM_JWT_SECRET: "system-secret-of-the-commands-0123456789",
};

export const PLACE = { XMPP_DOMAIN: "meet.example", XMPP_MUC_DOMAIN: "conference.meet.example" };

/** The settings of an environment, as the service has them. */
export function load(env: Env): ReturnType<typeof loadSettings> {
  return loadSettings(env, { doors: DOORS });
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Env;
  readonly stdin?: string;
  readonly colours?: boolean;
  readonly columns?: number;
}

/** Runs a command. It must not show a secret of its environment, whatever it does. */
export async function run(
  command: Command,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const { env = KEYS, stdin = "", colours = false, columns } = options;
  let [out, err] = ["", ""];
  const code = await runCommand(command, args, {
    env,
    colours,
    columns,
    out: (text) => out += text,
    err: (text) => err += text,
    readInput: () => Promise.resolve(stdin),
  });
  assertHidden(out + err, secretsOf(env));
  return { code, out, err };
}

/** No text holds one of the secrets. */
export function assertHidden(text: string, secrets: readonly string[]): void {
  for (const secret of secrets) assert.ok(!text.includes(secret), `a secret is shown in:\n${text}`);
}

/** What a variable holds that nobody may see: a secret, or the password in an address. */
function secretsOf(env: Env): string[] {
  return Object.entries(env).flatMap(([name, value = ""]) => {
    if (name.endsWith("_SECRET")) return value === "" ? [] : [value];
    const password = /^rediss?:\/\/[^@]*:([^@]+)@/.exec(value)?.[1];
    return password ? [password] : [];
  });
}

/** The findings of a `--json` answer, by name; the last of a name counts. */
export function findingsOf({ out }: Ran): Map<string, Finding> {
  const { sections } = JSON.parse(out) as { sections: Section[] };
  return byName(sections);
}

export function byName(sections: readonly Section[]): Map<string, Finding> {
  return new Map(sections.flatMap(({ findings }) => findings).map((one) => [one.name, one]));
}

/** The finding of a name, which must be there. */
export function finding(findings: ReadonlyMap<string, Finding>, name: string): Finding {
  const found = findings.get(name);
  assert.ok(found, `no finding ${name} among ${[...findings.keys()].join(", ")}`);
  return found;
}

/** What a token says, as it is written in it. */
export function withoutSignature(token: string): string {
  return token.slice(0, token.lastIndexOf("."));
}

export function signatureOf(token: string): string {
  return token.slice(token.lastIndexOf(".") + 1);
}
