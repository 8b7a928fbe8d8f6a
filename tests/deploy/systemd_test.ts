/**
 * The unit of `examples/systemd`, as systemd reads it, and its command as it stands there.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { declaredSettings } from "../../src/config/declarations.ts";
import { DOORS } from "../../src/app.ts";
import { readProjectFile } from "../support/import_graph.ts";
import { requireProgram } from "../support/programs.ts";
import { KEYS } from "../support/service.ts";
import { TextLineStream } from "../support/text_line_stream.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");
const UNIT = readProjectFile("examples/systemd/waiting-queue.service");
const ENVIRONMENT = readProjectFile("examples/systemd/environment");
const DENO = "/usr/local/bin/deno";
/** In tenths, from 0 to 100; without any sandbox a service has 96. */
const MAX_EXPOSED = "20";

function valueOf(name: string): string {
  const value = new RegExp(`^${name}=(.*)$`, "m").exec(UNIT)?.[1];
  assert.ok(value !== undefined, name);
  return value;
}

if (requireProgram("systemd-analyze", ["--version"])) {
  Deno.test("systemd takes the unit as it is, and finds it well shut in", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/waiting-queue.service`;
      await Deno.writeTextFile(path, UNIT.replace(DENO, Deno.execPath()));
      for (
        const args of [["verify", path], [
          "security",
          "--offline=true",
          `--threshold=${MAX_EXPOSED}`,
          path,
        ]]
      ) {
        const { success, stdout, stderr } = await new Deno.Command("systemd-analyze", { args })
          .output();
        const [out, err] = [stdout, stderr].map((octets) => new TextDecoder().decode(octets));
        assert.ok(success, `${out}${err}`);
        assert.doesNotMatch(err!, /waiting-queue\.service:/, "systemd warns of nothing");
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("the unit's command starts the service with no more rights than it names", async () => {
  const folder = await Deno.makeTempDir();
  const here = (text: string) =>
    text.replaceAll("/opt/waiting-queue", ROOT).replaceAll("/var/lib/waiting-queue", folder)
      .replaceAll("/etc/waiting-queue", `${folder}/etc`).replace(DENO, Deno.execPath());
  const environment = Object.fromEntries(
    here(valueOf("Environment")).split(" ").map((pair) => pair.split("=") as [string, string]),
  );
  const [program, ...args] = here(valueOf("ExecStart")).split(" ");
  // The packages of this checkout instead of a folder of their own.
  const { DENO_DIR: _, ...env } = environment;
  const child = new Deno.Command(program!, {
    args,
    cwd: ROOT,
    env: { ...env, ...KEYS, HOST: "127.0.0.1", PORT: "0", WORKERS: "2", MAX_CONNECTIONS: "100" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    const lines = child.stdout.pipeThrough(new TextLineStream());
    let listening = false;
    for await (const line of lines) {
      if (!line.includes("Listening on")) continue;
      listening = true;
      child.kill("SIGTERM");
    }
    assert.ok(listening);
    assert.equal((await child.status).code, 0);
    assert.ok((await Deno.stat(`${folder}/live.sqlite3`)).isFile);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the unit stops later than the drain ends, and its environment has settings that there are", () => {
  const settings = declaredSettings(DOORS);
  const drain = settings.find(({ name }) => name === "DRAIN_MS")!;
  assert.ok(Number(valueOf("TimeoutStopSec")) * 1_000 > Number(drain.declaration.default));
  const names = settings.map(({ name }) => name);
  const lines = ENVIRONMENT.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of lines) assert.ok(names.includes(line.split("=")[0]!), line);
});

Deno.test("the unit runs as deno task start does, but for the permissions", () => {
  const { tasks } = JSON.parse(readProjectFile("deno.json"));
  const flags: string[] = tasks.start.match(/ --\S+/g);
  const command = valueOf("ExecStart");
  assert.deepEqual(flags.filter((flag) => !command.includes(`${flag} `)), [" --allow-all"]);
});
