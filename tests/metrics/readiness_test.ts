import assert from "node:assert/strict";
import { CHECK_EVERY_MS, CHECK_MS, Readiness } from "../../src/metrics/readiness.ts";
import { configureLogging } from "../../src/log/log.ts";
import { FakeClock } from "../support/fake_clock.ts";

const GRACE_MS = 60_000;

interface Stage extends Disposable {
  readonly readiness: Readiness;
  readonly clock: FakeClock;
  /** What the store's checks throw; undefined: it answers. */
  error: Error | undefined;
  /** How often the store was asked, and what was told of the services. */
  asked: number;
  readonly told: string[];
}

function stage(): Stage {
  const clock = new FakeClock();
  const told: string[] = [];
  const it: Stage = {
    clock,
    told,
    error: undefined,
    asked: 0,
    readiness: new Readiness({
      clock,
      graceMs: GRACE_MS,
      checked: (service, up) => told.push(`${service} ${up}`),
      services: {
        store: {
          check(timeoutMs) {
            assert.equal(timeoutMs, CHECK_MS);
            it.asked++;
            return it.error ? Promise.reject(it.error) : Promise.resolve();
          },
        },
        bus: { check: () => Promise.resolve() },
      },
    }),
    [Symbol.dispose]: () => it.readiness[Symbol.dispose](),
  };
  return it;
}

Deno.test("it is starting until every service has answered once", async () => {
  using it = stage();
  const starting = { status: "starting", checks: { store: "starting", bus: "starting" } };
  assert.deepEqual(it.readiness.snapshot(), starting);
  it.error = new Error("away");
  await it.readiness.check();
  const { status, checks } = it.readiness.snapshot();
  assert.deepEqual([status, checks], ["starting", { store: "unreachable", bus: "ok" }]);
  it.error = undefined;
  await it.clock.advance(CHECK_EVERY_MS);
  assert.deepEqual(it.readiness.snapshot(), {
    status: "ready",
    checks: { store: "ok", bus: "ok" },
  });
});

Deno.test("a service that is away is named at once, and counts only after the grace", async () => {
  using it = stage();
  await it.readiness.check();
  it.error = Object.assign(new Error("at redis://u:pw@x"), { code: "ECONNREFUSED" });
  await it.clock.advance(CHECK_EVERY_MS);
  const since = new Date(it.clock.wall()).toISOString();
  const away = {
    checks: { store: "unreachable", bus: "ok" },
    away: { store: { since, reason: "ECONNREFUSED" } },
  };
  assert.deepEqual(it.readiness.snapshot(), { status: "ready", ...away });
  await it.clock.advance(GRACE_MS - 1);
  assert.deepEqual(it.readiness.snapshot(), { status: "ready", ...away });
  await it.clock.advance(1);
  assert.deepEqual(it.readiness.snapshot(), { status: "unavailable", ...away });
  it.error = undefined;
  await it.clock.advance(CHECK_EVERY_MS);
  assert.deepEqual(it.readiness.snapshot(), {
    status: "ready",
    checks: { store: "ok", bus: "ok" },
  });
});

Deno.test("a jump of the wall clock moves no grace", async () => {
  using it = stage();
  await it.readiness.check();
  it.error = new Error("away");
  await it.clock.advance(CHECK_EVERY_MS);
  it.clock.jumpWall(10 * GRACE_MS);
  assert.equal(it.readiness.snapshot().status, "ready");
});

Deno.test("it is draining whatever the services say", async () => {
  using it = stage();
  it.readiness.drain();
  assert.equal(it.readiness.snapshot().status, "draining");
  await it.readiness.check();
  assert.equal(it.readiness.snapshot().status, "draining");
});

Deno.test("the services are asked without anybody asking, and no oftener for who does", async () => {
  using it = stage();
  await it.clock.advance(3 * CHECK_EVERY_MS);
  for (let i = 0; i < 1_000; i++) it.readiness.snapshot();
  assert.equal(it.asked, 3);
  assert.deepEqual(it.told.slice(0, 2).sort(), ["bus true", "store true"]);
  it.error = new Error("away");
  await it.clock.advance(CHECK_EVERY_MS);
  assert.deepEqual(it.told.slice(-2).sort(), ["bus true", "store false"]);
});

Deno.test("a service that takes long is asked once at a time, and not after the end", async () => {
  const clock = new FakeClock();
  let asked = 0;
  const never = new Promise<void>(() => {});
  const readiness = new Readiness({
    clock,
    graceMs: GRACE_MS,
    checked: () => {},
    services: { store: { check: () => (asked++, never) } },
  });
  await clock.advance(5 * CHECK_EVERY_MS);
  assert.equal(asked, 1);
  readiness[Symbol.dispose]();
  assert.equal(clock.timers, 0);
});

Deno.test("an outage is logged when it begins and when it ends, and never by address in the answer", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  configureLogging({ level: "info", format: "json", isolate: "test", write });
  using it = stage();
  await it.readiness.check();
  it.error = new DOMException("redis://u:pw@x gave no answer", "TimeoutError");
  await it.clock.advance(5 * CHECK_EVERY_MS);
  assert.equal(it.readiness.snapshot().away?.store?.reason, "no answer in time");
  it.error = new Error("Cannot ask", { cause: new Error("redis://u:pw@x") });
  await it.clock.advance(CHECK_EVERY_MS);
  assert.equal(it.readiness.snapshot().away?.store?.reason, "no answer");
  it.error = undefined;
  await it.clock.advance(CHECK_EVERY_MS);
  assert.deepEqual(lines.map((line) => JSON.parse(line).level), ["warning", "info"]);
});

Deno.test("a store that answers and cannot write says why", async () => {
  const reasons = [
    ["Cannot write: database or disk is full", "disk full"],
    ["Cannot write: MISCONF Redis is configured to save RDB snapshots", "MISCONF"],
    ["Cannot write: OOM command not allowed when used memory > 'maxmemory'", "OOM"],
    ["Cannot write: READONLY You can't write against a read only replica.", "READONLY"],
    ["Cannot write: no such host as secret.example", "no answer"],
  ] as const;
  for (const [message, reason] of reasons) {
    using it = stage();
    it.error = new Error(message);
    await it.readiness.check();
    assert.equal(it.readiness.snapshot().away?.store?.reason, reason);
  }
});
