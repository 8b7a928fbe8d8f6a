import assert from "node:assert/strict";

const PROGRAMS = new URL("./programs.ts", import.meta.url);

/** Asks for a program that nobody has, in a process of its own. */
async function ask(env: Readonly<Record<string, string>>): Promise<[number, string, string]> {
  const code = `import { requireProgram } from "${PROGRAMS}";
    console.log(requireProgram("no-such-program"), requireProgram(Deno.execPath()));`;
  const { code: exit, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code],
    env: { NO_COLOR: "1", REQUIRE_ALL: "", ...env },
  }).output();
  const decoder = new TextDecoder();
  return [exit, decoder.decode(stdout).trim(), decoder.decode(stderr)];
}

Deno.test("tests whose program is missing are left out, and that is said loudly", async () => {
  const [exit, stdout, stderr] = await ask({});
  assert.equal(exit, 0);
  assert.equal(stdout, "false true");
  assert.match(stderr, /\*\*\* THE TESTS THAT NEED IT ARE LEFT OUT.* no-such-program --version \*/);
  assert.ok(!stderr.includes(Deno.execPath()), "nothing is said of what is there");
});

Deno.test("with REQUIRE_ALL=1 a missing program is a failure", async () => {
  const [exit, stdout, stderr] = await ask({ REQUIRE_ALL: "1" });
  assert.notEqual(exit, 0);
  assert.equal(stdout, "");
  assert.match(stderr, /Cannot run all tests: .*no-such-program/);
});
