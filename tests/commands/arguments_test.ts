import assert from "node:assert/strict";
import { parseArguments } from "../../src/commands/arguments.ts";
import { type Command, runCommand } from "../../src/commands/command.ts";
import { describeDuration, parseDuration } from "../../src/commands/duration.ts";
import { UsageError } from "../../src/commands/usage_error.ts";
import { run } from "./support.ts";

const OPTIONS = { values: ["room", "ttl"], flags: ["json"] } as const;

Deno.test("options are taken in both spellings, before and after what they stand beside", () => {
  const { positionals, values, flags } = parseArguments(
    ["a", "--room", "x", "--ttl=1h", "-", "--json"],
    OPTIONS,
  );
  assert.deepEqual([positionals, { ...values }, [...flags]], [
    ["a", "-"],
    { room: "x", ttl: "1h" },
    ["json"],
  ]);
});

Deno.test("an unknown, empty or unfinished option is an error that shows no value", () => {
  const wrong = [["--secret=hidden"], ["--room"], ["--room", "--json"], ["--room="], ["--json=1"]];
  for (const args of wrong) {
    assert.throws(() => parseArguments(args, OPTIONS), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /--(secret|room|json)/);
      assert.doesNotMatch(error.message, /hidden|\n/);
      return true;
    });
  }
});

Deno.test("a duration is a number of seconds or has a unit", () => {
  const durations = ["3600", "90s", "15m", "1h", "2H", "7d"].map(parseDuration);
  assert.deepEqual(durations, [3_600, 90, 900, 3_600, 7_200, 604_800]);
  for (const text of ["", "0", "0s", "-1", "1.5h", "1w", "1h30m", "367d", "9999999999", "1e3"]) {
    assert.throws(() => parseDuration(text), UsageError, text);
  }
});

Deno.test("a duration is told by its two largest parts", () => {
  const told = [0, 59.6, 3_600, 5_400, 90_061].map(describeDuration);
  assert.deepEqual(told, ["0 s", "1 min", "1 h", "1 h 30 min", "1 d 1 h"]);
});

Deno.test("help goes to stdout, whatever else is asked for", async () => {
  const command: Command = { usage: "Usage: it\n", run: () => Promise.resolve(1) };
  for (const args of [["--help"], ["x", "--nonsense", "-h"]]) {
    assert.deepEqual(await run(command, args), { code: 0, out: "Usage: it\n", err: "" });
  }
  assert.equal((await run(command, ["--", "--help"])).code, 1);
});

Deno.test("wrong usage is code 2 and a failure code 1, each with its reason and no token", async () => {
  const failing = (error: Error): Command => ({
    usage: "Usage: it [x]\nmore\n",
    run: () => Promise.reject(error),
  });
  const text = "bad\x1b[2J eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl at redis://a:pass@host";
  const usage = await run(failing(new UsageError(text)), []);
  const settings = await run(failing(new UsageError("no\nnever", "settings")), []);
  const failure = await run(failing(new TypeError(text)), []);
  assert.deepEqual([usage.code, settings.code, failure.code], [2, 2, 1]);
  const shown = "bad\\u001b[2J [redacted] at redis://[redacted]@host";
  assert.equal(usage.err, `${shown}\nUsage: it [x]\nMore with --help.\n`);
  assert.equal(settings.err, "no\nnever\n");
  assert.equal(failure.err, `Failed: ${shown}\n`);
});

Deno.test("what is thrown and is no error is a failure too", async () => {
  let err = "";
  const command: Command = { usage: "Usage: it\n", run: () => Promise.reject("why") };
  const world = {
    env: {},
    colours: false,
    columns: undefined,
    out() {},
    err: (text: string) => void (err += text),
    readInput: () => Promise.resolve(""),
  };
  assert.equal(await runCommand(command, [], world), 1);
  assert.equal(err, "Failed: why\n");
});
