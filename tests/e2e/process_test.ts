/**
 * The process as an operator meets it: settings, ports, bounds, restarts and the end.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { readProjectFile } from "../support/import_graph.ts";
import { failedStart, freePort, get, metrics } from "../support/operator.ts";
import { closeCode, OP, RawWebSocket } from "../support/raw_websocket.ts";
import { goLive, post } from "../support/rest.ts";
import { KEYS, Service } from "../support/service.ts";
import { StompSocket, VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { moderatorToken, systemToken, visitorToken } from "../support/tokens.ts";
import { eachFront, FRONTS } from "./setups.ts";

const CONFERENCE = "townhall@conference.acme.meet.example";
const NO_KEYS = { JWT_APP_SECRET: "", SYSTEM_JWT_SECRET: "" };
/** It is loopback as well, but who listens on 127.0.0.1 alone does not hear it. */
const OTHER_ADDRESS = "127.0.0.2";

/** Visitors who wait, one after the other. */
async function visitors({ port }: Service, count: number): Promise<StompSocket[]> {
  const token = await visitorToken("townhall");
  const all: StompSocket[] = [];
  while (all.length < count) all.push(await StompSocket.visitor(port, token, CONFERENCE));
  return all;
}

/** Reads the Close that comes next, nothing else before it, and answers it. */
async function answerClose(socket: RawWebSocket): Promise<number | undefined> {
  const frame = await socket.read();
  assert.equal(frame?.op, OP.close, "a Close, and no ERROR before it");
  const code = closeCode(frame!);
  await socket.closeWith(code!).catch(() => {});
  return code;
}

Deno.test("wrong settings end the start with code 2, all of them named, no secret shown", async () => {
  const secret = "the-same-secret-in-both-groups-0123456789";
  const [code, stderr] = await Service.refused({
    PORT: "99999",
    WORKERS: "many",
    RELEASE_RATE: "-1",
    WEBSOCKET_SERVER: "apache",
    REDIS_URL: "ftp://user:redis-password@127.0.0.1",
    JWT_APP_SECRET: secret,
    SYSTEM_JWT_SECRET: secret,
    JWT_PUBLIC_KEY: "-----BEGIN PUBLIC KEY-----\nnot-a-key\n-----END PUBLIC KEY-----",
  });
  assert.equal(code, 2);
  const named = stderr.split("\n").map((line) => line.match(/^ {2}(\w+): /)?.[1]).filter(Boolean);
  assert.deepEqual(named.sort(), [
    "JWT_PUBLIC_KEY",
    "PORT",
    "REDIS_URL",
    "RELEASE_RATE",
    "SYSTEM_JWT_SECRET",
    "WEBSOCKET_SERVER",
    "WORKERS",
  ]);
  for (const hidden of [secret, "redis-password", "not-a-key"]) {
    assert.ok(!stderr.includes(hidden), stderr);
  }
});

Deno.test("without a key it is a demo for this machine alone", async () => {
  await using service = await Service.start(NO_KEYS);
  assert.equal((await get(`${service.http}/demo`)).status, 200);
  assert.equal((await get(`${service.http}/waiting-queue/demo`)).status, 200);
  await assert.rejects(fetch(`http://${OTHER_ADDRESS}:${service.port}/health`));
  const line = await service.logged(({ message }) => message.startsWith("DEMO MODE"));
  assert.equal(line.level, "warning");
  assert.match(line.message, new RegExp(`http://127\\.0\\.0\\.1:${service.port}/demo$`));
});

Deno.test("without a key, what only a service with keys has ends the start with code 2", async () => {
  const production = [
    { HOST: "0.0.0.0" },
    { XMPP_DOMAIN: "meet.example" },
    { ALLOWED_ORIGINS: "*" },
    { REDIS_URL: "redis://127.0.0.1:1" },
    { JWT_SECRET: "misspelt" },
  ];
  for (const env of production) {
    const [code, stderr] = await Service.refused({ PORT: "0", ...env });
    assert.equal(code, 2, stderr);
    assert.match(stderr, new RegExp(`^ {2}${Object.keys(env)}: .*demo.*; accepted: .*DEMO=1`, "m"));
  }
});

Deno.test("DEMO=1 insists on the demo: then HOST counts, and a key does not", async () => {
  await using service = await Service.start({ DEMO: "1", HOST: "0.0.0.0" });
  assert.equal((await get(`${service.http}/demo`)).status, 200);
  assert.equal((await get(`http://${OTHER_ADDRESS}:${service.port}/health`)).status, 200);
  const ignored = await service.logged(({ message }) => message.startsWith("JWT_APP_SECRET"));
  assert.match(ignored.message, /is ignored in demo mode/);
});

Deno.test("with any one key there is no demo, and HOST counts", async () => {
  await using service = await Service.start({ ...NO_KEYS, JWT_APP_SECRET: KEYS.JWT_APP_SECRET });
  for (const path of ["/demo", "/demo/", "/demo/tokens?room=a", "/waiting-queue/demo"]) {
    assert.equal((await get(service.http + path)).status, 404, path);
  }
  assert.ok(!service.log.some(({ message }) => message.includes("DEMO")));
  await using open = await Service.start({ HOST: "0.0.0.0" });
  assert.equal((await get(`http://${OTHER_ADDRESS}:${open.port}/health`)).status, 200);
});

Deno.test("a port that is taken ends the start with code 1, by the name of its setting", async () => {
  await using first = await Service.start({ WORKERS: "2" });
  const taken = String(first.port);
  const env = { ...KEYS, HOST: "127.0.0.1", KV_PATH: ":memory:" };
  for (
    const [setting, more] of [
      ["PORT", { PORT: taken, WORKERS: "1" }],
      ["PORT", { PORT: taken, WORKERS: "2" }],
      ["METRICS_PORT", { PORT: "0", METRICS_PORT: taken, WORKERS: "1" }],
    ] as const
  ) {
    const { code, stdout } = await failedStart({ ...env, ...more });
    assert.equal(code, 1);
    const fatal = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    assert.ok(
      fatal.message.startsWith(`Cannot listen on 127.0.0.1:${taken} (${setting}): `),
      fatal.message,
    );
    assert.match(fatal.message, /in use\. .*set another/);
    assert.ok(!stdout.includes("stack"), "no fault in the code to look for");
  }
  assert.equal((await get(`${first.http}/ready`)).status, 200);
});

Deno.test("the start line says what runs, and no secret", async () => {
  await using service = await Service.start({ MAX_CONNECTIONS: "700", MAX_MEMORY_MB: "900" });
  const { message } = await service.logged((line) => line.message.startsWith("Listening on"));
  const { version } = JSON.parse(readProjectFile("deno.json"));
  for (const part of [`version ${version}`, "1 workers", "store :memory:", "700 conn", "900 MB"]) {
    assert.ok(message.includes(part), `${part}: ${message}`);
  }
  assert.match(message, /front (ws|deno), .*client keys: a secret; system keys: a secret;/);
  for (const secret of Object.values(KEYS)) {
    assert.ok(!JSON.stringify(service.log).includes(secret));
  }
});

Deno.test("MAX_CONNECTIONS over the limit on open files is warned of", async () => {
  await using service = await Service.start({ MAX_CONNECTIONS: "5000" }, { files: 2_000 });
  const line = await service.logged(({ level }) => level === "warning");
  const warning = service.log.find(({ message }) => message.startsWith("MAX_CONNECTIONS is 5000"));
  assert.match(warning?.message ?? line.message, /leaves room for 1488: raise that limit/);
});

Deno.test("METRICS_PORT serves the metrics, and they alone", async () => {
  const METRICS_PORT = String(freePort());
  await using service = await Service.start({ METRICS_PORT });
  const apart = `http://127.0.0.1:${METRICS_PORT}`;
  const { status, body } = await get(`${apart}/metrics`);
  assert.equal(status, 200);
  assert.match(body, /^waiting_queue_connections 0$/m);
  for (const path of ["/ready", "/conferences", "/visitor", "/waiting-queue/metrics"]) {
    assert.equal((await get(apart + path)).status, 404, path);
  }
  for (const path of ["/metrics", "/waiting-queue/metrics"]) {
    assert.equal((await get(service.http + path)).status, 404, path);
  }
});

Deno.test("the metrics of two workers are one sum, whichever of them is asked", async () => {
  await using service = await Service.start({ WORKERS: "2" });
  const waiting = await visitors(service, 16);
  using _moderator = await StompSocket.connect(service.port, await moderatorToken("townhall"));
  // So many connections that both workers have some; each request is answered by either.
  for (let i = 0; i < 6; i++) {
    const number = await metrics(service);
    assert.equal(number("waiting_queue_connections"), 17);
    assert.equal(number("waiting_queue_visitors_waiting"), 16);
    assert.equal(number('waiting_queue_stomp_sessions_total{version="1.2"}'), 17);
  }
  assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 16);
  for (using visitor of waiting) await visitor.message();
  const number = await metrics(service);
  assert.equal(number("waiting_queue_visitors_told_total"), 16);
  assert.equal(number("waiting_queue_visitors_waiting"), 0);
});

for (const [signal, WORKERS] of [["SIGKILL", "2"], ["SIGTERM", "1"]] as const) {
  Deno.test(`F13: the live state survives ${signal} right after the 200`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const env = { WORKERS, KV_PATH: `${folder}/deeper/live.sqlite3` };
      {
        await using service = await Service.start(env);
        await goLive(service, CONFERENCE);
        service.kill(signal);
        await service.exited;
      }
      await using service = await Service.start(env);
      using visitor = (await visitors(service, 1))[0]!;
      assert.equal((await visitor.message()).status, "live");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("F17: a conference is live for LIVE_TTL_SEC, then visitors wait again", async () => {
  await using service = await Service.start({ LIVE_TTL_SEC: "1" });
  const headers = { authorization: `Bearer ${await systemToken()}` };
  const url = `${service.http}/conferences/${encodeURIComponent(CONFERENCE)}`;
  const isLive = async () => (await (await fetch(url, { headers })).json()).status === "live";
  const began = performance.now();
  await goLive(service, CONFERENCE);
  const stored = performance.now();
  await eventually("the live state ends", async () => !await isLive());
  assert.ok(performance.now() - began >= 1_000, "not before its time");
  assert.ok(performance.now() - stored < 4_000, "and soon after it");
  using _late = (await visitors(service, 1))[0]!;
  assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 1);
});

for (const front of FRONTS) {
  Deno.test(`F23: SIGTERM closes cleanly, spread over DRAIN_MS, and exits with 0 (${front})`, async () => {
    const DRAIN_MS = 1_500;
    const env = { WEBSOCKET_SERVER: front, WORKERS: "2", DRAIN_MS: String(DRAIN_MS) };
    await using service = await Service.start(env);
    const waiting = await visitors(service, 50);
    const began = performance.now();
    service.kill("SIGTERM");
    const closes = waiting.map(async ({ socket }) => {
      assert.equal(await answerClose(socket), 1001);
      const closed = performance.now() - began;
      assert.equal(await socket.read(), undefined, "and the server ends the connection");
      socket[Symbol.dispose]();
      return closed;
    });
    await eventually(
      "/ready says no",
      async () => (await get(`${service.http}/ready`)).status === 503,
    );
    const { body } = await get(`${service.http}/ready`);
    assert.equal(JSON.parse(body).status, "draining");
    // A backend never asks twice, so it is served to the last.
    assert.equal((await goLive(service, "other@conference.meet.example")).status, "live");
    const times = (await Promise.all(closes)).sort((a, b) => a - b);
    const span = times.at(-1)! - times[0]!;
    assert.ok(span > DRAIN_MS * 0.6, `all within ${span} ms`);
    assert.ok(span < DRAIN_MS + 2_500, `over ${span} ms`);
    const atOnce = times.map((time) =>
      times.filter((other) => other >= time && other < time + DRAIN_MS / 10).length
    );
    assert.ok(Math.max(...atOnce) <= 30, `a burst: ${times.map(Math.round)}`);
    assert.equal((await service.exited).code, 0);
    assert.ok(performance.now() - began < DRAIN_MS + 3_000);
  });
}

Deno.test("a peer that does not answer the Close does not hold up the end", async () => {
  await using service = await Service.start({ DRAIN_MS: "300" });
  using visitor = (await visitors(service, 1))[0]!;
  const began = performance.now();
  service.kill("SIGTERM");
  assert.equal((await service.exited).code, 0);
  assert.ok(performance.now() - began < 8_000);
  assert.equal(await visitor.socket.readClose(), 1001);
});

eachFront("MAX_CONNECTIONS", { MAX_CONNECTIONS: "6", WORKERS: "2" }, {
  "over both workers exactly so many are let in, the next is told when to come back": async (
    service,
  ) => {
    const waiting = await visitors(service, 6);
    for (let i = 0; i < 6; i++) {
      using refused = await RawWebSocket.handshake(service.port);
      assert.equal(refused.status, 503);
      assert.match(refused.header("retry-after") ?? "", /^[1-9]\d*$/);
      assert.equal(refused.header("content-type"), "application/problem+json");
    }
    await waiting[0]!.send("DISCONNECT", { receipt: "bye" });
    await waiting[0]!.expect("RECEIPT");
    waiting[0]![Symbol.dispose]();
    await eventually("there is room again", async () => {
      using socket = await RawWebSocket.handshake(service.port);
      return socket.status === 101;
    });
    for (const visitor of waiting) visitor[Symbol.dispose]();
  },
});

const BOUNDS = {
  MAX_VISITORS_PER_CONFERENCE: "3",
  CONNECT_TIMEOUT_MS: "400",
  ALLOWED_ORIGINS: "https://meet.example, https://other.example:8443",
};

eachFront("bounds", BOUNDS, {
  "MAX_VISITORS_PER_CONFERENCE: one more is closed cleanly with 1013 and no ERROR": async (
    service,
  ) => {
    const waiting = await visitors(service, 3);
    const token = await visitorToken("*");
    using refused = await StompSocket.connect(service.port, token);
    await refused.subscribe(VISITOR_TOPIC + CONFERENCE);
    assert.equal(await answerClose(refused.socket), 1013);
    using _elsewhere = await StompSocket.visitor(service.port, token, "b@conference.meet.example");
    assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 3);
    for (using visitor of waiting) await visitor.message();
  },

  "C51: who never sends a CONNECT is closed after CONNECT_TIMEOUT_MS, others stay": async (
    service,
  ) => {
    using established = await StompSocket.connect(service.port, await visitorToken("townhall"));
    using silent = await RawWebSocket.handshake(service.port);
    const began = performance.now();
    using partial = await RawWebSocket.handshake(service.port);
    await partial.text("CONNECT\naccept-version:1.2\n");
    assert.equal(await answerClose(silent), 1008);
    assert.equal(await answerClose(partial), 1008);
    const after = performance.now() - began;
    assert.ok(after > 350 && after < 5_000, `after ${after} ms`);
    await established.send("DISCONNECT", { receipt: "still here" });
    await established.expect("RECEIPT");
  },

  "C08: of web pages those of ALLOWED_ORIGINS may connect, and what is no page": async (
    service,
  ) => {
    const status = async (headers: Record<string, string>) => {
      using socket = await RawWebSocket.handshake(service.port, { headers });
      return socket.status;
    };
    assert.equal(await status({ Origin: "https://meet.example" }), 101);
    assert.equal(await status({ Origin: "https://other.example:8443" }), 101);
    assert.equal(await status({}), 101);
    for (const origin of ["https://evil.example", "http://meet.example", "null"]) {
      assert.equal(await status({ Origin: origin }), 403, origin);
    }
  },
});

eachFront("paths", { BASE_PATH: "/a/queue" }, {
  "/ready says what it checked": async (service) => {
    const { status, body } = await get(`${service.http}/ready`);
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(body), { status: "ready", checks: { store: "ok", bus: "ok" } });
  },

  "every path is served at the root and under BASE_PATH": async (service) => {
    for (const base of ["", "/a/queue"]) {
      const statuses: Record<string, number> = {};
      for (const path of ["/health", "/ready", "/metrics", "/openapi.json", "/conferences"]) {
        statuses[path] = (await get(service.http + base + path)).status;
      }
      assert.deepEqual(statuses, {
        "/health": 200,
        "/ready": 200,
        "/metrics": 200,
        "/openapi.json": 200,
        "/conferences": 401,
      });
      for (const path of ["/golive", "/endlive"]) {
        const response = await post(service, base + path, { conference: CONFERENCE });
        assert.equal(response.status, 200, base + path);
        await response.body?.cancel();
      }
      for (const path of ["/visitor", "/state/websocket", "/moderator"]) {
        using socket = await RawWebSocket.handshake(service.port, { path: base + path });
        assert.equal(socket.status, 101, base + path);
      }
    }
    assert.equal((await get(`${service.http}/waiting-queue/health`)).status, 404);
  },
});
