import assert from "node:assert/strict";
import { FakeClock } from "../../support/fake_clock.ts";
import { metricsRoutes } from "../../../src/doors/rest/operation_routes.ts";
import type { ReadinessSnapshot } from "../../../src/metrics/readiness.ts";
import { createHttpApp } from "../../../src/http/app.ts";
import { configureLogging } from "../../../src/log/log.ts";
import { METRICS_CONTENT_TYPE } from "../../../src/metrics/snapshot.ts";
import { assertProblem, bearer, type TestApp, testApp } from "../../http/support.ts";

const GETS = [
  "/conferences",
  "/conferences/room@x",
  "/health",
  "/ready",
  "/metrics",
  "/openapi.json",
];
const POSTS = ["/golive", "/endlive"];

async function statusOf({ fetch }: TestApp, path: string): Promise<number> {
  const response = await fetch(path, { headers: bearer("system") });
  await response.body?.cancel();
  return response.status;
}

Deno.test("health is ok while the process lives", async () => {
  const { get } = testApp({ health: () => ({ status: "ok", version: "1.2.3" }) });
  const response = await get("/health");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.deepEqual(await response.json(), { status: "ok", version: "1.2.3" });
});

Deno.test("ready is 200, or 503 with a body that says which service fails", async () => {
  const away = { store: { since: "2026-01-31T18:00:00.000Z", reason: "ECONNREFUSED" } };
  const states: [ReadinessSnapshot, number][] = [
    [{ status: "ready", checks: { store: "ok", bus: "ok" } }, 200],
    [{ status: "ready", checks: { store: "unreachable", bus: "ok" }, away }, 200],
    [{ status: "unavailable", checks: { store: "unreachable", bus: "ok" }, away }, 503],
    [{ status: "draining", checks: { store: "ok" } }, 503],
    [{ status: "starting", checks: { store: "starting" } }, 503],
  ];
  for (const [snapshot, status] of states) {
    const { get } = testApp({ readiness: { snapshot: () => snapshot } });
    const response = await get("/ready");
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.deepEqual(await response.json(), snapshot);
  }
});

Deno.test("metrics are Prometheus text", async () => {
  const { get } = testApp();
  const response = await get("/metrics");
  assert.equal(response.headers.get("content-type"), METRICS_CONTENT_TYPE);
  assert.equal(await response.text(), "a_metric 1\n");
});

Deno.test("metrics on a port of their own are unknown on the other, and alone on theirs", async () => {
  const without = testApp({ metrics: undefined as never });
  await assertProblem(await without.get("/metrics"), 404, "unknown_path");
  const { fetch } = createHttpApp({
    basePath: "",
    groups: [metricsRoutes(() => Promise.resolve("b 2\n"))],
  });
  const own = async (path: string, init?: RequestInit) =>
    await fetch(new Request(`http://queue.example${path}`, init));
  assert.equal(await (await own("/metrics")).text(), "b 2\n");
  for (const path of ["/golive", "/conferences", "/visitor", "/"]) {
    await assertProblem(await own(path), 404, "unknown_path");
  }
  await assertProblem(await own("/metrics", { method: "POST" }), 405, "method_not_allowed");
});

Deno.test("every path is served at the root and under the base path, whatever it is", async () => {
  for (const basePath of ["/waiting-queue", "/a/b", ""]) {
    const app = testApp({ basePath });
    for (const path of GETS) {
      assert.equal(await statusOf(app, path), 200, path);
      assert.equal(await statusOf(app, basePath + path), 200, basePath + path);
    }
  }
  const { get } = testApp({ basePath: "/queue" });
  await assertProblem(await get("/waiting-queue/health"), 404, "unknown_path");
});

Deno.test("an unknown path is a 404 problem", async () => {
  const { get, post } = testApp();
  for (const path of ["/", "/waiting-queue", "/golive/", "/health/x", "/demo", "/favicon.ico"]) {
    await assertProblem(await get(path), 404, "unknown_path");
    await assertProblem(await post(path, {}), 404, "unknown_path");
  }
});

Deno.test("a wrong method is 405 with Allow", async () => {
  const { fetch } = testApp();
  for (const prefix of ["", "/waiting-queue"]) {
    for (const path of [...GETS, ...POSTS]) {
      const allow = POSTS.includes(path) ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
      const wrong = POSTS.includes(path) ? "GET" : "POST";
      for (const method of [wrong, "PUT", "PATCH", "DELETE"]) {
        const response = await fetch(prefix + path, { method, headers: bearer("system") });
        assert.equal(response.headers.get("allow"), allow);
        await assertProblem(response, 405, "method_not_allowed");
      }
      const options = await fetch(prefix + path, { method: "OPTIONS" });
      assert.equal(options.status, 204);
      assert.equal(options.headers.get("allow"), allow);
    }
  }
});

Deno.test("HEAD is GET without a body", async () => {
  const { fetch } = testApp();
  for (const path of GETS) {
    const response = await fetch(path, { method: "HEAD", headers: bearer("system") });
    assert.equal(response.status, 200, path);
    assert.ok(response.headers.get("content-type"));
    assert.equal(await response.text(), "");
  }
  assert.equal((await fetch("/golive", { method: "HEAD" })).status, 405);
});

Deno.test("an unforeseen error is 500, tells nothing of the inside and is logged", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  configureLogging({ level: "info", format: "json", isolate: "test", write });
  const { get, post } = testApp({
    metrics: () => Promise.reject(new TypeError("the inside of metrics")),
    health: () => {
      throw new RangeError("the inside of health");
    },
  });
  const responses = [
    await get("/metrics"),
    await get("/health"),
    await post("/golive", { conference: "room@x" }, "broken"),
  ];
  for (const response of responses) {
    const text = await response.clone().text();
    assert.doesNotMatch(text, /inside of|TypeError|\.ts/);
    await assertProblem(response, 500, "internal");
  }
  const records = lines.map((line) => JSON.parse(line));
  assert.deepEqual(records.map((record) => record.level), ["error", "error", "error"]);
  assert.equal(records[0].error.message, "the inside of metrics");
  assert.equal(records[2].message, "POST /golive: 500 internal");
});

Deno.test("J35: neither a token nor a query is ever logged or echoed", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  configureLogging({ level: "debug", format: "json", isolate: "test", write });
  const clock = new FakeClock();
  const { fetch } = testApp({ clock });
  for (const authorization of ["Bearer t0psecret", "Basic t0psecret", "t0psecret"]) {
    const init = { method: "POST", headers: { authorization }, body: "t0psecret" };
    const response = await fetch("/golive?access_token=t0psecret", init);
    assert.equal(response.status, 401);
    assert.doesNotMatch(await response.text(), /t0psecret/);
  }
  // One at once, and the others summed up.
  await clock.advance(60_000);
  assert.equal(lines.length, 2);
  assert.doesNotMatch(lines.join(), /t0psecret/);
});
