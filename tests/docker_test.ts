import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { generateKeyPairSync } from "node:crypto";
import { connectionsByLimit } from "../src/process/limits.ts";
import { Image } from "./support/image.ts";
import { readProjectFile } from "./support/import_graph.ts";
import { freePort, get } from "./support/operator.ts";
import { redisAvailable, RedisServer } from "./support/redis.ts";
import { KEYS } from "./support/service.ts";
import { StompSocket } from "./support/stomp_socket.ts";
import { systemToken, visitorToken } from "./support/tokens.ts";

const CONFERENCE = "townhall@conference.acme.meet.example";

/** What the runs of one image share: a port of their own each, and loopback alone. */
function settings(extra: Readonly<Record<string, string>>): Record<string, string> {
  return { HOST: "127.0.0.1", PORT: String(freePort()), WORKERS: "2", DRAIN_MS: "0", ...extra };
}

Deno.test("the image holds what it copies and nothing else, and is pinned to this Deno", () => {
  const dockerfile = readProjectFile("Dockerfile");
  const base = dockerfile.match(/^FROM (\S+)$/m)?.[1];
  assert.equal(base, `denoland/deno:debian-${Deno.version.deno}`);
  assert.match(readProjectFile(".ci/run"), new RegExp(`DENO_VERSION=${Deno.version.deno}$`, "m"));
  const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, names]) =>
    names!.split(" ")
  );
  const [first, ...kept] = readProjectFile(".dockerignore").split("\n")
    .filter((line) => line && !line.startsWith("#"));
  assert.equal(first, "*");
  assert.deepEqual(kept.sort(), copied.map((name) => `!${name}`).sort());
});

Deno.test("the image runs read-only, without network for packages, as another user", async (t) => {
  await using image = await Image.build();

  await t.step("it says what it is to an engine", () => {
    assert.equal(image.text("USER"), "1993", "a number, as runAsNonRoot wants it");
    assert.equal(image.text("EXPOSE"), "8060");
    assert.equal(image.text("VOLUME"), "/data");
    assert.equal(image.text("STOPSIGNAL"), "SIGTERM");
    assert.doesNotMatch(image.text("CMD"), /--allow-all|-A\b/);
  });

  await t.step("it runs as deno task start does, but for the permissions", () => {
    const { tasks } = JSON.parse(readProjectFile("deno.json"));
    const flags: string[] = tasks.start.split("&&").at(-1).match(/ --\S+/g);
    assert.deepEqual(flags.filter((flag) => !image.text("CMD").includes(`${flag} `)), [
      " --allow-all",
    ]);
  });

  await t.step("it is healthy, goes live, remembers it in its volume, and stops", async () => {
    const env = settings(KEYS);
    assert.equal(await image.isHealthy(env), false);
    {
      await using container = await image.run(env);
      await goLive(env.PORT!);
      container.kill("SIGTERM");
      assert.equal((await container.exited).code, 0, "it ends by itself");
    }
    assert.ok((await Deno.stat(image.path("/data/live.sqlite3"))).isFile);
    await using _again = await image.run(env);
    using visitor = await connect(env.PORT!, await visitorToken("*"));
    assert.equal((await visitor.message()).status, "live");
    using rude = await connect(env.PORT!, await visitorToken("*"));
    await rude.socket.text("A".repeat(100_000));
    assert.equal(await rude.socket.readClose(), 1009, "the hardened front is the one that runs");
  });

  await t.step("it reads a key from /keys", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const file = image.path("/keys/client.pem");
    await Deno.mkdir(image.path("/keys"));
    await Deno.writeTextFile(file, String(publicKey.export({ type: "spki", format: "pem" })));
    const env = settings({ JWT_PUBLIC_KEY: file, SYSTEM_JWT_SECRET: KEYS.SYSTEM_JWT_SECRET });
    await using _container = await image.run(env);
    const claims = {
      iss: "t",
      aud: "t",
      sub: "*",
      room: "*",
      context: { user: { role: "visitor" } },
    };
    const token = await new SignJWT(claims).setProtectedHeader({ alg: "EdDSA" })
      .setExpirationTime("1 hour").sign(privateKey);
    using _visitor = await connect(env.PORT!, token);
  });

  await t.step("without a key it is refused, and says what to set", async () => {
    const [code, output] = await image.runToEnd({ PORT: String(freePort()) });
    assert.equal(code, 2, output);
    assert.match(output, /HOST: .*no key is.*JWT_APP_SECRET.*DEMO=1/);
  });

  await t.step("the commands work in it, as docker exec runs them", async () => {
    const env = { ...settings(KEYS), NO_COLOR: "1" };
    const [code, token] = await image.runToEnd(env, ["deno", "task", "token", "--room", "a"]);
    assert.equal(code, 0, token);
    assert.match(token, /^eyJ/);
    await using _container = await image.run(env);
    const [, report] = await image.runToEnd(env, ["deno", "task", "doctor"]);
    assert.match(report, /✓ PORT/);
  });

  await t.step("with DEMO=1 it shows the demo", async () => {
    const env = settings({ DEMO: "1" });
    await using _container = await image.run(env);
    const { status, body } = await get(`http://127.0.0.1:${env.PORT}/demo/stomp.umd.js`);
    assert.equal(status, 200);
    assert.ok(body.length > 10_000);
  });

  if (redisAvailable()) {
    await t.step("it talks to Redis", async () => {
      await using redis = await RedisServer.start();
      const env = settings({ ...KEYS, REDIS_URL: redis.url });
      await using _container = await image.run(env);
      await goLive(env.PORT!);
      using visitor = await connect(env.PORT!, await visitorToken("*"));
      assert.equal((await visitor.message()).status, "live");
    });
  }

  await t.step(
    "the limit on file descriptors bounds the connections, as it does outside",
    async () => {
      const outside = connectionsByLimit(() => "Max open files            5000     5000     files");
      assert.equal(await image.settingsUnder("5000"), String(outside));
      assert.equal(await image.settingsUnder("5000", { MAX_CONNECTIONS: "7" }), "7");
      assert.equal(await image.settingsUnder("1000"), "", "the service decides");
    },
  );
});

async function goLive(port: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/golive`, {
    method: "POST",
    headers: { authorization: `Bearer ${await systemToken()}` },
    body: JSON.stringify({ conference: CONFERENCE }),
  });
  assert.equal(response.status, 200, await response.text());
}

/** A visitor who has subscribed. */
async function connect(port: string, token: string): Promise<StompSocket> {
  return await StompSocket.visitor(Number(port), token, CONFERENCE);
}
