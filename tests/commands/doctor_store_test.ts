import assert from "node:assert/strict";
import type { Patient } from "../../src/commands/doctor/check.ts";
import { busCheck } from "../../src/commands/doctor/bus_check.ts";
import { clockCheck } from "../../src/commands/doctor/clock_check.ts";
import { thisMachine } from "../../src/commands/doctor/machine.ts";
import { parseInfo, redisCheck, redisFindings } from "../../src/commands/doctor/redis_check.ts";
import { redisAdvice } from "../../src/commands/doctor/redis_advice.ts";
import { reasonOf } from "../../src/base/reason.ts";
import { storeCheck } from "../../src/commands/doctor/store_check.ts";
import type { Finding } from "../../src/commands/finding.ts";
import type { Env } from "../../src/config/config.ts";
import { KvStore } from "../../src/store/kv.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { assertHidden, KEYS, load } from "./support.ts";

const noRedis = () => !redisAvailable();
const PASSWORD = "the-password-of-redis";

function patient(env: Env): Patient {
  const { settings, warnings } = load({ ...KEYS, PORT: "0", ...env });
  return { settings, warnings, machine: thisMachine(), env };
}

/** What each check of the backing services finds; the password is in none. */
async function examine(env: Env): Promise<Finding[]> {
  const it = patient(env);
  const checks = [redisCheck, storeCheck, busCheck, clockCheck];
  const findings = (await Promise.all(checks.map((check) => check(it)))).flat();
  assertHidden(JSON.stringify(findings), [PASSWORD]);
  return findings;
}

Deno.test("what others keep in the store stays, even what is over by the time of day", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/live.sqlite3`;
    const clock = new FakeClock();
    await using store = await KvStore.open({ path, clock });
    await store.set("live/room", "value", { ttlMs: 60_000 });
    const [finding] = await storeCheck(patient({ KV_PATH: path }));
    assert.deepEqual([finding?.status, finding?.text.startsWith(path)], ["fine", true]);
    assert.deepEqual((await store.get(["live/room"])).map((entry) => entry?.value), ["value"]);
    assert.deepEqual(await store.keys("", 10), ["live/room"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("over Redis the store, the bus and the clock are tried, and nothing is left behind", async () => {
  if (noRedis()) return;
  await using server = await RedisServer.start("--requirepass", PASSWORD);
  const REDIS_URL = `redis://:${PASSWORD}@127.0.0.1:${server.port}/3`;
  const findings = await examine({ REDIS_URL });
  assert.deepEqual(findings.map(({ name, status }) => [name, status]), [
    ["REDIS_URL", "fine"],
    ["Redis disk", "doubtful"],
    ["store", "fine"],
    ["bus", "fine"],
    ["clock", "fine"],
  ]);
  assert.match(findings[0]!.text, new RegExp(`at 127.0.0.1:${server.port}, database 3 answers`));
  assert.match(findings[3]!.text, /over Redis/);
  assert.match(findings[4]!.text, /Redis$/);
  assert.deepEqual(await server.command(["SELECT", 3], ["DBSIZE"]), ["OK", 0]);
});

Deno.test("F18: a Redis that is not there is told by each that needs it, with what to look at", async () => {
  const findings = await examine({ REDIS_URL: `redis://user:${PASSWORD}@127.0.0.1:1` });
  const [redis, store, bus, clock] = findings;
  assert.deepEqual(findings.map(({ name }) => name), ["REDIS_URL", "store", "bus", "clock"]);
  for (const one of [redis, store, bus]) {
    assert.equal(one?.status, "broken");
    assert.match(one?.text ?? "", /Redis is not connected/);
    assert.match(one?.next ?? "", /see that Redis runs/);
  }
  assert.match(store?.text ?? "", /ECONNREFUSED 127\.0\.0\.1:1/);
  assert.equal(clock?.status, "skipped");
});

Deno.test("F18: a wrong password is told, and not shown", async () => {
  if (noRedis()) return;
  await using server = await RedisServer.start("--requirepass", "right");
  const findings = await examine({ REDIS_URL: `redis://:${PASSWORD}@127.0.0.1:${server.port}` });
  const store = findings.find(({ name }) => name === "store");
  assert.equal(store?.status, "broken");
  assert.match(store?.next ?? "", /the password that Redis has into REDIS_URL/);
});

Deno.test("F18: a replica is told to be one", async () => {
  if (noRedis()) return;
  await using server = await RedisServer.start("--replicaof", "127.0.0.1", "1");
  const findings = await examine({ REDIS_URL: server.url });
  const [redis, store] = ["REDIS_URL", "store"].map((name) =>
    findings.find((one) => one.name === name)
  );
  assert.match(redis?.text ?? "", /is a replica/);
  for (const one of [redis, store]) assert.match(one?.next ?? "", /leads to a replica/);
});

Deno.test("what INFO says is read: version, role, memory and disk", () => {
  const told = (text: string) =>
    redisFindings(parseInfo(text), "host:1").map(({ status, text }) => [status, text]);
  const good = "# Server\r\nredis_version:7.4.1\r\nrole:master\r\nmaxmemory:0\r\naof_enabled:1\r\n";
  assert.deepEqual(told(good), [["fine", "7.4.1 at host:1 answers"]]);
  const valkey = good.replace("role", "valkey_version:8.1.0\r\nrole");
  assert.deepEqual(told(valkey), [["fine", "8.1.0 at host:1 answers"]]);
  assert.deepEqual(told("redis_version:6.2.0\naof_enabled:1"), [
    ["broken", "6.2.0 at host:1 is too old"],
  ]);
  const evicting = good.replace("maxmemory:0", "maxmemory:100\nmaxmemory_policy:allkeys-lru");
  assert.match(String(told(evicting)[1]), /^doubtful,with allkeys-lru/);
  assert.match(String(told(good.replace("enabled:1", "enabled:0"))[1]), /^doubtful,without append/);
  assert.deepEqual(told(""), [["fine", "of unknown version at host:1 answers"]]);
});

Deno.test("what Redis refuses has a next step of its own", () => {
  const next = (reason: string) => redisAdvice(reason).slice(0, 30);
  const reasons = [
    "NOAUTH Authentication required.",
    "NOPERM this user has no permissions",
    "READONLY You can't write against a read only replica.",
    "MISCONF Redis is configured to save RDB snapshots",
    "LOADING Redis is loading the dataset in memory",
    "invalid peer certificate: UnknownIssuer",
    "getaddrinfo ENOTFOUND redis",
    "connect ECONNREFUSED 127.0.0.1:1",
  ];
  assert.equal(new Set(reasons.map(next)).size, reasons.length);
});

Deno.test("a reason is the messages of an error and its causes, each once, and ends", () => {
  const inner = new Error("refused");
  const outer = new Error("Cannot write: no connection", {
    cause: new Error("no connection", { cause: new AggregateError([inner], "") }),
  });
  assert.equal(reasonOf(outer), "Cannot write: no connection: AggregateError: refused");
  assert.equal(reasonOf("text"), "text");
  const loop = new Error("again");
  loop.cause = loop;
  assert.equal(reasonOf(loop), "again");
});
