import assert from "node:assert/strict";
import { doctor } from "../../src/commands/doctor.ts";
import type { Env } from "../../src/config/config.ts";
import { freePort } from "../support/operator.ts";
import { finding, findingsOf, KEYS, PLACE, type Ran, run } from "./support.ts";

const ENV = {
  ...KEYS,
  ...PLACE,
  PORT: "0",
  KV_PATH: ":memory:",
  WEBSOCKET_SERVER: "ws",
  // As many as any machine on which tests run can hold.
  MAX_CONNECTIONS: "100",
};

function examine(env: Env): Promise<Ran> {
  return run(doctor, ["--json"], { env });
}

Deno.test("with everything in order nothing is broken, and the code is 0", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const ran = await examine({ ...ENV, KV_PATH: `${folder}/live.sqlite3`, WORKERS: "1" });
    const { ok, broken, doubtful } = JSON.parse(ran.out);
    assert.deepEqual([ran.code, ok, broken, doubtful], [0, true, 0, 0], ran.out);
    const findings = findingsOf(ran);
    for (const name of ["JWT_APP_SECRET", "SYSTEM_JWT_SECRET", "store", "bus", "memory"]) {
      assert.equal(finding(findings, name).status, "fine", name);
    }
    assert.equal(
      finding(findings, "conferences").text,
      "room@conference.meet.example; with a tenant room@conference.tenant.meet.example",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every problem of the settings is told, with what is accepted, and the code is 1", async () => {
  const secret = KEYS.JWT_APP_SECRET;
  const ran = await examine({
    PORT: "x",
    WORKERS: "0",
    JWT_APP_SECRET: secret,
    SYSTEM_JWT_SECRET: secret,
  });
  assert.equal(ran.code, 1);
  const findings = findingsOf(ran);
  assert.deepEqual([...findings.keys()], ["PORT", "WORKERS", "SYSTEM_JWT_SECRET", "the rest"]);
  const { status, text, next } = finding(findings, "PORT");
  assert.deepEqual([status, text, next], [
    "broken",
    'cannot use "x"',
    "accepted: a whole number from 0 to 65535",
  ]);
  assert.equal(finding(findings, "the rest").status, "skipped");
});

Deno.test("without any setting it says what demo mode is, and how to leave it", async () => {
  const ran = await examine({ PORT: String(freePort()), KV_PATH: ":memory:" });
  assert.equal(ran.code, 0);
  const findings = findingsOf(ran);
  const { status, text, next } = finding(findings, "demo mode");
  assert.equal(status, "doubtful");
  assert.match(text, /no key is in use.*each run, listens on 127\.0\.0\.1,.*\/demo/);
  assert.match(next ?? "", /JWT_APP_SECRET.*SYSTEM_JWT_SECRET/);
  assert.match(finding(findings, "PORT").text, /^127\.0\.0\.1:\d+ is free/);
  assert.equal(finding(findings, "keys").status, "fine");
  assert.match(finding(findings, "conferences").next ?? "", /XMPP_DOMAIN and XMPP_MUC_DOMAIN/);
});

Deno.test("for a person it is a report that ends in how much is broken", async () => {
  const { code, out } = await run(doctor, [], { env: { ...ENV, SYSTEM_JWT_PUBLIC_KEY: "/none" } });
  assert.equal(code, 1);
  assert.match(out, /^Settings\n {2}✗ SYSTEM_JWT_PUBLIC_KEY {2}.*\n +→ accepted: .*PEM/);
  assert.match(out, /\n\n1 broken, 0 doubtful\n$/);
});

Deno.test("arguments that it does not take are code 2", async () => {
  for (const args of [["now"], ["--fix"]]) {
    const { code, out, err } = await run(doctor, args, { env: ENV });
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /Usage: deno task doctor/);
  }
});

Deno.test("a backend or clients without a key are told, with the settings that would help", async () => {
  const noSystem = findingsOf(await examine({ ...ENV, SYSTEM_JWT_SECRET: "" }));
  const { status, text, next } = finding(noSystem, "system keys");
  assert.equal(status, "doubtful");
  assert.match(text, /nobody can be authorised to call \/golive/);
  assert.match(next ?? "", /set one of SYSTEM_JWT_SECRET/);
  const noClient = findingsOf(await examine({ ...ENV, JWT_APP_SECRET: "" }));
  assert.match(finding(noClient, "client keys").next ?? "", /set one of JWT_APP_SECRET/);
});

Deno.test("workers that share a store in memory are fine; that it is gone with the process is told", async () => {
  const many = finding(findingsOf(await examine({ ...ENV, WORKERS: "2" })), "store");
  assert.equal(many.status, "doubtful");
  assert.match(many.text, /shared by all 2 workers.*after a restart/);
  assert.match(many.next ?? "", /KV_PATH to a file, or REDIS_URL/);
});

Deno.test("a store that is not there yet is tried beside its place, and not made", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const ran = await examine({ ...ENV, KV_PATH: `${folder}/deep/down/live.sqlite3` });
    const { status, text } = finding(findingsOf(ran), "store");
    assert.deepEqual([status, text.endsWith(`${folder} takes a store`)], ["fine", true], text);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a store in a place that cannot have one is broken", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "no store ".repeat(1_000));
    for (const path of [file, `${file}/live.sqlite3`]) {
      const ran = await examine({ ...ENV, KV_PATH: path });
      const { status, text, next } = finding(findingsOf(ran), "store");
      assert.deepEqual([ran.code, status], [1, "broken"], text);
      assert.match(next ?? "", /KV_PATH is right/);
    }
  } finally {
    await Deno.remove(file);
  }
});
