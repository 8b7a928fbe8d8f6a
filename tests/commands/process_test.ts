/**
 * The commands as processes, as an operator runs them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Service } from "../support/service.ts";
import { assertHidden, KEYS, signatureOf } from "./support.ts";

const ROOT = new URL("../../", import.meta.url);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command with nothing but these settings. */
async function command(
  name: "token" | "explain" | "doctor",
  args: readonly string[],
  { env = KEYS, stdin = "" }: { env?: Record<string, string>; stdin?: string } = {},
): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", `src/commands/${name}.ts`, ...args],
    cwd: ROOT,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "", ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A command that does not read its stdin may have ended by now.
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("a token goes from one command into the other, and nowhere else", async () => {
  const made = await command("token", ["moderator", "--room", "room"]);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  assert.match(made.stderr, /^A moderator's token\n/);
  const signature = signatureOf(made.stdout.trimEnd());
  const args = ["-", "--conference", "room@conference.example"];
  const followed = await command("explain", args, { stdin: made.stdout });
  assert.equal(followed.code, 0, followed.stdout + followed.stderr);
  assert.match(followed.stdout, /✓ accepted +a moderator/);
  assert.match(followed.stdout, /✓ count .*\n {2}✗ go live/);
  assert.equal(followed.stderr, "");
  const secrets = [signature, ...Object.values(KEYS)];
  assertHidden(made.stderr + followed.stdout, secrets);
  assert.ok(!followed.stdout.includes("\x1b"), "no colours where there is no terminal");
});

Deno.test("stdin that never ends is not read to its end", async () => {
  const { code, stdout, stderr } = await command("explain", ["-"], { stdin: "x".repeat(100_000) });
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /stdin has more than 65536 octets/);
});

Deno.test("wrong usage and help are told with their codes", async () => {
  const wrong = await command("token", ["guest"]);
  assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
  const help = await command("doctor", ["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^Usage: deno task doctor/);
});

Deno.test("the doctor finds the service that runs, and one that is not this service", async () => {
  await using service = await Service.start(KEYS);
  const env = { ...KEYS, HOST: "127.0.0.1", KV_PATH: ":memory:" };
  const running = await command("doctor", ["--json"], {
    env: { ...env, PORT: String(service.port) },
  });
  assert.equal(running.code, 0, running.stdout + running.stderr);
  assert.match(
    running.stdout,
    /the service answers at 127\.0\.0\.1:\d+: ready, (store ok|bus ok), /,
  );
  assertHidden(running.stdout, Object.values(KEYS));
  const broken = { ...env, PORT: "0", REDIS_URL: "redis://:the-password@127.0.0.1:1" };
  const missing = await command("doctor", [], { env: broken });
  assert.equal(missing.code, 1);
  assert.match(missing.stdout, /✗ store .*ECONNREFUSED.*\n +→ see that Redis runs/);
  assertHidden(missing.stdout + missing.stderr, ["the-password", ...Object.values(KEYS)]);
});
