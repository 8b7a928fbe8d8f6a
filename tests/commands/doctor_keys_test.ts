import assert from "node:assert/strict";
import { clockCheck, clockFinding } from "../../src/commands/doctor/clock_check.ts";
import { keyCheck } from "../../src/commands/doctor/key_check.ts";
import { thisMachine } from "../../src/commands/doctor/machine.ts";
import type { Finding } from "../../src/commands/finding.ts";
import type { Env } from "../../src/config/config.ts";
import { KeyServer, status } from "../auth/key_server.ts";
import { signer } from "../auth/support.ts";
import { freePort } from "../support/operator.ts";
import { KEYS, load } from "./support.ts";

type Check = typeof keyCheck;

async function examine(check: Check, env: Env): Promise<Map<string, Finding>> {
  const { settings, warnings } = load(env);
  const findings = await check({ settings, warnings, machine: thisMachine(), env });
  return new Map(findings.map((one) => [one.name, one]));
}

const html = () => new Response("<html>", { headers: { "content-type": "text/html" } });

Deno.test("each source of keys is told by its setting, with what it has", async () => {
  await using server = new KeyServer();
  const key = signer();
  server.on("/jwks", JSON.stringify({ keys: [{ ...key.jwk, kid: "first", use: "sig" }] }));
  const findings = await examine(keyCheck, {
    ...KEYS,
    JWT_PUBLIC_KEY: signer().pem,
    JWT_JWKS_URL: `${server.url}/jwks`,
    JWT_ASAP_KEYSERVER: `${server.url}/client`,
    SYSTEM_JWT_ASAP_MAPPINGS: JSON.stringify([{ kid: "^a/", baseUrl: `${server.url}/system` }]),
  });
  assert.deepEqual([...findings].map(([name, { status }]) => [name, status]), [
    ["JWT_APP_SECRET", "fine"],
    ["JWT_PUBLIC_KEY", "fine"],
    ["JWT_JWKS_URL", "fine"],
    ["JWT_ASAP_KEYSERVER", "fine"],
    ["SYSTEM_JWT_SECRET", "fine"],
    ["SYSTEM_JWT_ASAP_MAPPINGS", "fine"],
  ]);
  assert.match(findings.get("JWT_JWKS_URL")!.text, /has the keys first/);
  assert.match(findings.get("JWT_ASAP_KEYSERVER")!.text, /answers/);
});

Deno.test("J38: a key server that is down, lacks the set, fails or sends a page is broken", async () => {
  await using server = new KeyServer();
  server.on("/page", html);
  server.on("/failing", status(500));
  server.on("/moved", status(302, { location: "http://127.0.0.1:1/" }));
  server.on("/empty", JSON.stringify({ keys: [] }));
  const cases: readonly (readonly [url: string, reason: RegExp])[] = [
    [`http://127.0.0.1:${freePort()}/jwks`, /\/jwks: .*refused/i],
    [`${server.url}/none`, /there are no keys at/],
    [`${server.url}/page`, /answered with text\/html/],
    [`${server.url}/failing`, /answered with status 500/],
    [`${server.url}/moved`, /answered with status 302/],
    [`${server.url}/empty`, /holds no key that can be used/],
  ];
  await Promise.all(cases.map(async ([url, reason]) => {
    const findings = await examine(keyCheck, { ...KEYS, JWT_JWKS_URL: url });
    const { status, text, next } = findings.get("JWT_JWKS_URL")!;
    assert.equal(status, "broken", url);
    assert.match(text, reason);
    assert.match(next ?? "", /answers from this machine with a key set/);
  }));
});

Deno.test("J38: an ASAP key server that sends a page for a key that it has not is broken", async () => {
  await using server = new KeyServer();
  server.has("waiting-queue/check", html);
  const env = { ...KEYS, SYSTEM_JWT_SECRET: "", SYSTEM_JWT_ASAP_KEYSERVER: server.url };
  const { status, text, next } = (await examine(keyCheck, env)).get("SYSTEM_JWT_ASAP_KEYSERVER")!;
  assert.equal(status, "broken");
  assert.match(text, /answered with text\/html/);
  assert.match(next ?? "", /a key, or 404 where it has none/);
});

Deno.test("J04: a key that both groups have by way of files is broken", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { pem } = signer();
    const [a, b] = [`${folder}/a.pem`, `${folder}/b.pem`];
    await Deno.writeTextFile(a, pem);
    await Deno.writeTextFile(b, signer().pem);
    const { settings, warnings } = load({ JWT_PUBLIC_KEY: a, SYSTEM_JWT_PUBLIC_KEY: b });
    await Deno.writeTextFile(b, pem);
    const findings = await keyCheck({ settings, warnings, machine: thisMachine(), env: {} });
    const shared = findings.find(({ name }) => name === "keys");
    assert.equal(shared?.status, "broken");
    assert.match(shared?.next ?? "", /a key of its own/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("F22: a clock that is off is doubtful, and broken beyond the leeway of tokens", () => {
  const told = (aheadSec: number) => {
    const { status, text } = clockFinding({ name: "X", aheadSec });
    return [status, text];
  };
  assert.deepEqual(told(0.4), ["fine", "the same as X"]);
  assert.deepEqual(told(-5), ["fine", "5 s ahead of X"]);
  assert.deepEqual(told(6), ["doubtful", "6 s behind X"]);
  assert.deepEqual(told(30), ["doubtful", "30 s behind X"]);
  assert.deepEqual(told(-31), ["broken", "31 s ahead of X"]);
  assert.match(clockFinding({ name: "X", aheadSec: 90 }).next ?? "", /NTP/);
});

Deno.test("F22: the clock is compared with the Date of a key server, less the age of a cache", async () => {
  await using server = new KeyServer();
  const dated = (secondsAgo: number, age?: string) => () => {
    const date = new Date(Date.now() - secondsAgo * 1000).toUTCString();
    return new Response("", { headers: { date, ...(age === undefined ? {} : { age }) } });
  };
  const clockOf = async () => {
    const env = { ...KEYS, JWT_JWKS_URL: `${server.url}/keys` };
    return (await examine(clockCheck, env)).get("clock")!;
  };
  server.on("/keys", dated(600));
  const off = await clockOf();
  assert.equal(off.status, "broken");
  assert.match(off.text, new RegExp(`^(59|60)\\d s ahead of ${server.url}$`));
  server.on("/keys", dated(600, "600"));
  assert.equal((await clockOf()).status, "fine");
});

Deno.test("without another clock nothing is compared", async () => {
  assert.match(
    (await examine(clockCheck, KEYS)).get("clock")!.text,
    /neither key server nor Redis/,
  );
  const env = { ...KEYS, JWT_ASAP_KEYSERVER: `http://127.0.0.1:${freePort()}` };
  const { status, text } = (await examine(clockCheck, env)).get("clock")!;
  assert.deepEqual([status, text], ["skipped", "not compared: no other clock answers"]);
});
