import assert from "node:assert/strict";
import { runCheck } from "../../src/commands/doctor/check.ts";
import { limitCheck } from "../../src/commands/doctor/limit_check.ts";
import { type Machine, thisMachine } from "../../src/commands/doctor/machine.ts";
import { nameCheck } from "../../src/commands/doctor/name_check.ts";
import { portCheck } from "../../src/commands/doctor/port_check.ts";
import { rateCheck } from "../../src/commands/doctor/rate_check.ts";
import { settingsCheck } from "../../src/commands/doctor/settings_check.ts";
import type { Finding } from "../../src/commands/finding.ts";
import type { Env } from "../../src/config/config.ts";
import { freePort } from "../support/operator.ts";
import { KEYS, load, PLACE } from "./support.ts";

const GIB = 2 ** 30;

/** A machine with this limit on open files, in a container with so much memory. */
function machine(files: string, constrained = 0): Machine {
  const texts = new Map([
    ["/proc/self/limits", `Limit  Soft  Hard  Units\nMax open files  ${files}  ${files}  files\n`],
  ]);
  return {
    cores: 2,
    memory: { total: 8 * GIB, available: 4 * GIB, constrained },
    readFile(path) {
      const text = texts.get(path);
      if (text === undefined) throw new Deno.errors.NotFound();
      return text;
    },
  };
}

async function examine(
  check: Parameters<typeof runCheck>[1],
  env: Env,
  on: Machine = machine("20000"),
): Promise<Map<string, Finding>> {
  const { settings, warnings } = load({ ...KEYS, ...PLACE, WORKERS: "1", ...env });
  const findings = await runCheck("check", check, { settings, warnings, machine: on, env });
  return new Map(findings.map((one) => [one.name, one]));
}

/** Answers every request so, on a port of its own. */
function serve(answer: () => Response): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
}

Deno.test("F24: file descriptors must be enough for the connections that are let in", async () => {
  const told = async (limit: string, MAX_CONNECTIONS = "") => {
    const findings = await examine(limitCheck, { MAX_CONNECTIONS }, machine(limit));
    return findings.get("file descriptors")!;
  };
  assert.equal((await told("20000")).status, "fine");
  assert.equal((await told("1024")).status, "doubtful");
  assert.match((await told("1024")).next ?? "", /LimitNOFILE.*nofile.*ulimit -n/);
  assert.equal((await told("20000", "19488")).status, "fine");
  assert.equal((await told("20000", "19489")).status, "doubtful");
  const broken = await told("20000", "20000");
  assert.equal(broken.status, "broken");
  assert.match(broken.text, /MAX_CONNECTIONS is 20000, and the limit is 20000/);
  assert.match(broken.next ?? "", /or set 19488/);
  assert.equal((await told("unlimited", "50000")).text, "there is no limit");
});

Deno.test("F24: memory must be enough for the connections that are let in", async () => {
  const told = async (memory: number, MAX_CONNECTIONS: string) => {
    const findings = await examine(limitCheck, { MAX_CONNECTIONS }, machine("1000000", memory));
    return findings.get("memory")!;
  };
  assert.equal((await told(0, "10000")).status, "fine");
  const little = await told(GIB, "100000");
  assert.equal(little.status, "doubtful");
  const most = Number(/MAX_CONNECTIONS=(\d+)/.exec(little.next ?? "")?.[1]);
  assert.equal((await told(GIB, String(most))).status, "fine");
  assert.equal((await told(GIB, String(most + 1))).status, "doubtful");
  assert.equal((await told(GIB / 16, "10")).status, "broken");
});

Deno.test("where the system does not tell its limits, that is told and nothing is broken", async () => {
  const silent: Machine = {
    ...machine("1"),
    readFile() {
      throw new Deno.errors.PermissionDenied();
    },
  };
  const findings = await examine(limitCheck, { MAX_CONNECTIONS: "100000000" }, silent);
  assert.equal(findings.get("file descriptors")?.status, "skipped");
  const { readFile, memory } = thisMachine();
  assert.match(readFile("/proc/self/limits"), /Max open files/);
  assert.ok(memory.total > 0 && memory.available > 0);
});

Deno.test("a port that is free is told to be, and so is one that the system chooses", async () => {
  const PORT = String(freePort());
  const free = await examine(portCheck, { HOST: "127.0.0.1", PORT });
  assert.deepEqual([...free.values()].map(({ name, status }) => [name, status]), [[
    "PORT",
    "fine",
  ]]);
  assert.match(free.get("PORT")!.text, new RegExp(`127.0.0.1:${PORT} is free`));
  const chosen = await examine(portCheck, { PORT: "0", METRICS_PORT: "0" });
  assert.deepEqual([...chosen.keys()], ["PORT", "METRICS_PORT"]);
  assert.match(chosen.get("PORT")!.text, /the system chooses/);
});

Deno.test("a port that is taken is asked whether the service is there and ready", async () => {
  let answer = () => new Response();
  await using server = serve(() => answer());
  const PORT = String(server.addr.port);
  const told = async (body: unknown, status = 200) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    answer = () => new Response(text, { status });
    return (await examine(portCheck, { HOST: "127.0.0.1", PORT })).get("PORT")!;
  };
  const ready = await told({ status: "ready", checks: { store: "ok", bus: "ok" } });
  assert.equal(ready.status, "fine");
  assert.match(ready.text, /the service answers at 127\.0\.0\.1:\d+: ready, store ok, bus ok$/);
  const lost = { status: "unavailable", checks: { store: "unreachable", bus: "ok" } };
  const unavailable = await told(lost, 503);
  assert.equal(unavailable.status, "broken");
  assert.match(unavailable.text, /unavailable, store unreachable, bus ok$/);
  assert.equal((await told({ status: "draining", checks: {} }, 503)).status, "doubtful");
  for (const other of ["<html>", "null", "[]", '{"status":"ready"}', '{"status":1,"checks":{}}']) {
    const { status, text, next } = await told(other);
    assert.equal(status, "broken", other);
    assert.match(text, /is taken, and this service does not answer there/);
    assert.match(next ?? "", /end the other program/);
  }
  assert.equal((await told("x".repeat(1_000_000))).status, "broken");
});

Deno.test("a program that takes the port and does not speak HTTP is told", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closing = (async () => {
    for await (const connection of listener) connection.close();
  })();
  const env = { HOST: "127.0.0.1", PORT: String(listener.addr.port) };
  const { status, text } = (await examine(portCheck, env)).get("PORT")!;
  assert.equal(status, "broken");
  assert.match(text, /does not answer there: /);
  listener.close();
  await closing;
});

Deno.test("the port of the metrics is asked for metrics", async () => {
  let body = "# HELP a b\n";
  await using server = serve(() => new Response(body));
  const env = { HOST: "127.0.0.1", PORT: "0", METRICS_PORT: String(server.addr.port) };
  const told = async () => (await examine(portCheck, env)).get("METRICS_PORT")!;
  assert.equal((await told()).status, "fine");
  body = "hello";
  assert.equal((await told()).status, "broken");
});

Deno.test("an address that is not of this machine is broken", async () => {
  const env = { HOST: "192.0.2.1", PORT: String(freePort()) };
  const { status, next } = (await examine(portCheck, env)).get("PORT")!;
  assert.equal(status, "broken");
  assert.match(next ?? "", /HOST, 192\.0\.2\.1, is an address of this machine/);
});

Deno.test("names are shown with and without tenant, and what is not set is told", async () => {
  const docker = { XMPP_DOMAIN: "meet.jitsi", XMPP_MUC_DOMAIN: "muc.meet.jitsi" };
  assert.deepEqual((await examine(nameCheck, docker)).get("conferences"), {
    name: "conferences",
    status: "fine",
    text: "room@muc.meet.jitsi; with a tenant room@muc.tenant.meet.jitsi",
  });
  const unset = { XMPP_DOMAIN: "", XMPP_MUC_DOMAIN: "" };
  assert.equal((await examine(nameCheck, unset)).get("conferences")?.status, "doubtful");
  const half = (await examine(nameCheck, { XMPP_MUC_DOMAIN: "" })).get("conferences")!;
  assert.equal(half.status, "doubtful");
  assert.match(half.next ?? "", /muc\.meet\.jitsi/);
});

Deno.test("settings that work and are doubtful are told, each with what to set", async () => {
  const findings = await examine(settingsCheck, {
    JWT_APP_SECRET: "short",
    JWT_JWKS_URL: "http://keys.example/jwks",
    JWT_ALLOW_EMPTY: "1",
    ALLOWED_ORIGINS: "https://meet.example,null",
    RELEASE_RATE: "0",
    WEBSOCKET_SERVER: "deno",
    HEARTBEAT_MS: "20000",
    WORKERS: "64",
    SYSTEM_JWT_SECRETS: "x",
  });
  assert.deepEqual(
    new Map([...findings].map(([name, { status }]) => [name, status])),
    new Map([
      "JWT_APP_SECRET",
      "JWT_JWKS_URL",
      "SYSTEM_JWT_SECRETS",
      "JWT_ALLOW_EMPTY",
      "ALLOWED_ORIGINS",
      "WEBSOCKET_SERVER",
      "RELEASE_RATE",
      "HEARTBEAT_MS",
      "WORKERS",
    ].map((name) => [name, "doubtful"])),
  );
  assert.match(findings.get("JWT_APP_SECRET")?.next ?? "", /32 random octets/);
  assert.match(findings.get("SYSTEM_JWT_SECRETS")?.next ?? "", /rename it/);
});

Deno.test("the origins that may connect are told", async () => {
  const origins = async (ALLOWED_ORIGINS: string) =>
    (await examine(settingsCheck, { ALLOWED_ORIGINS })).get("ALLOWED_ORIGINS")!.text;
  assert.match(await origins("*"), /any origin may connect; their token decides/);
  assert.match(await origins("https://a.example,https://b.example"), /of https:\/\/a\.example, /);
});

Deno.test("a check that fails itself is broken, and hides none of the others", async () => {
  const failing = () => Promise.reject(new TypeError("why"));
  assert.deepEqual((await examine(failing, {})).get("check"), {
    name: "check",
    status: "broken",
    text: "could not be looked at: why",
    next: undefined,
  });
  const throwing = () => {
    throw new TypeError("at once");
  };
  assert.match((await examine(throwing, {})).get("check")!.text, /at once/);
});

Deno.test("a release rate that the visitors' Prosodys cannot take is doubtful, where their number is told", async () => {
  const rate = async (env: Env) => (await examine(rateCheck, env)).get("RELEASE_RATE");
  assert.equal(await rate({ RELEASE_RATE: "1000" }), undefined);
  assert.equal((await rate({ VISITOR_NODES: "2", RELEASE_RATE: "60" }))?.status, "fine");
  for (const RELEASE_RATE of ["61", "0"]) {
    const found = await rate({ VISITOR_NODES: "2", RELEASE_RATE });
    assert.equal(found?.status, "doubtful");
    assert.match(found?.next ?? "", /RELEASE_RATE=60/);
  }
  const odd = await examine(rateCheck, { VISITOR_NODES: "two" });
  assert.equal(odd.get("VISITOR_NODES")?.status, "doubtful");
});
