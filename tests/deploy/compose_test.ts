/**
 * The compose files, as docker-compose reads them, which needs no engine for it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { declaredSettings } from "../../src/config/declarations.ts";
import { DOORS } from "../../src/app.ts";
import { requireProgram } from "../support/programs.ts";
import { KEYS } from "../support/service.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));

/** As much of docker-jitsi-meet's file as an overlay is laid over. */
const JITSI = `
services:
  web: { image: web, networks: { meet.jitsi: {} }, volumes: ["./config/web:/config:Z"] }
  prosody: { image: prosody, networks: { meet.jitsi: {} }, environment: [GLOBAL_CONFIG, XMPP_MUC_MODULES] }
  jicofo: { image: jicofo, networks: { meet.jitsi: {} } }
networks: { meet.jitsi: {} }
`;

// deno-lint-ignore no-explicit-any -- what docker-compose makes of a file
type Composed = any;

async function compose(cwd: string, files: readonly string[], env = {}): Promise<Composed> {
  const args = [...files.flatMap((file) => ["-f", file]), "config"];
  const { success, stdout, stderr } = await new Deno.Command("docker-compose", { args, cwd, env })
    .output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return parse(new TextDecoder().decode(stdout));
}

async function run(command: string, cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", { args: ["-c", command], cwd }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

if (requireProgram("docker-compose", ["version"])) {
  Deno.test("the kit is laid over docker-jitsi-meet as its guide says, with a rate for its nodes", async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/docker-compose.yml`, JITSI);
      await Deno.writeTextFile(`${folder}/.env`, "JWT_APP_SECRET=a-secret\n");
      await run(`cp -r ${EXAMPLES}/jitsi waiting-queue`, folder);
      await run("./waiting-queue/setup.sh 3 >> .env", folder);
      const key = await Deno.readTextFile(`${folder}/waiting-queue/keys/private/prosody.key`);
      await run("./waiting-queue/setup.sh 3 > /dev/null", folder);
      assert.equal(
        await Deno.readTextFile(`${folder}/waiting-queue/keys/private/prosody.key`),
        key,
      );
      assert.equal((await Deno.stat(`${folder}/waiting-queue/keys`)).mode! & 0o777, 0o700);

      const files = ["docker-compose.yml", "waiting-queue/waiting-queue.yml"];
      const { services } = await compose(folder, files);
      const { environment, networks } = services["waiting-queue"];
      assert.equal(environment.RELEASE_RATE, "90");
      assert.equal(environment.JWT_APP_SECRET, "a-secret");
      assert.match(services.prosody.environment.GLOBAL_CONFIG, /asap_key_path = "\/etc\//);
      assert.ok(services.prosody.environment.GLOBAL_CONFIG.includes(
        `"http://${networks["meet.jitsi"].aliases[0]}:8060/waiting-queue"`,
      ));
      const known = declaredSettings(DOORS).map(({ name }) => name);
      for (const name of Object.keys(environment)) {
        assert.ok([...known, "TZ", "VISITOR_NODES"].includes(name), name);
      }
      // Everything that is put into a container is there.
      for (const { volumes } of Object.values<Composed>(services)) {
        for (const volume of volumes as string[]) {
          const [source] = volume.split(":");
          if (source!.includes("/waiting-queue/")) await Deno.stat(source!);
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  Deno.test("the queue and Redis alone can be composed, and not without secrets", async () => {
    const { services } = await compose(EXAMPLES, ["compose.yml"], KEYS);
    assert.deepEqual(Object.keys(services).sort(), ["redis", "waiting-queue"]);
    const { environment } = services["waiting-queue"];
    assert.equal(environment.REDIS_URL, "redis://redis:6379");
    await assert.rejects(compose(EXAMPLES, ["compose.yml"], { JWT_APP_SECRET: "" }), /secret/);
  });
}
