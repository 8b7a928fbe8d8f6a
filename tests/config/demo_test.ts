import assert from "node:assert/strict";
import { load, OTHER_SECRET, problemsOf, SECRET, warningsOf } from "./load.ts";

const KEYS = { JWT_APP_SECRET: SECRET, SYSTEM_JWT_SECRET: OTHER_SECRET };

/** Each alone says that no demo is meant. */
const PRODUCTION: Readonly<Record<string, string>> = {
  HOST: "0.0.0.0",
  XMPP_DOMAIN: "meet.example",
  XMPP_MUC_DOMAIN: "conference.meet.example",
  ALLOWED_ORIGINS: "*",
  REDIS_URL: "redis://cache:6379",
};

Deno.test("without a key the service is in demo mode and listens on this machine alone", () => {
  const settings = load({ JWT_ALLOW_EMPTY: "1" });
  assert.equal(settings.demo, true);
  assert.equal(settings.host, "127.0.0.1");
  assert.equal(settings.queue.stateIntervalMs, 1_000);
  assert.equal(load({ STATE_INTERVAL_MS: "20000" }).queue.stateIntervalMs, 20_000);
});

Deno.test("a host of this machine may be chosen without a key", () => {
  for (const HOST of ["127.0.0.1", "127.9.9.9", "localhost", "::1"]) {
    assert.equal(load({ HOST }).host, HOST);
  }
});

Deno.test("without a key, what only a service with keys has is a problem that says what to do", () => {
  for (const [name, value] of Object.entries(PRODUCTION)) {
    const problems = problemsOf({ [name]: value });
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.match(problems[0]!, new RegExp(`^${name}: is set, but no key is, .*accepted: .*DEMO=1`));
    assert.match(problems[0]!, /JWT_APP_SECRET.*SYSTEM_JWT_SECRET/);
    assert.deepEqual(problemsOf({ [name]: value, JWT_ALLOW_EMPTY: "1", DEMO: "0" }), problems);
  }
  for (const HOST of ["::", "10.0.0.1", "meet.example", "127.0.0.1.example"]) {
    assert.equal(problemsOf({ HOST }).length, 1, HOST);
  }
  assert.equal(problemsOf(PRODUCTION).length, Object.keys(PRODUCTION).length);
  assert.deepEqual(problemsOf({ ...KEYS, ...PRODUCTION }), []);
});

Deno.test("without a key, a misspelt key is a problem that names the one that is meant", () => {
  const misspelt = {
    JWT_SECRET: "JWT_APP_SECRET",
    JWT_APPSECRET: "JWT_APP_SECRET",
    JWT_PUBLICKEY: "JWT_PUBLIC_KEY",
    SYSTEM_JWT_SECRETS: "SYSTEM_JWT_SECRET",
    JWT_ASAP_KEY_SERVER: "JWT_ASAP_KEYSERVER",
  };
  for (const [name, meant] of Object.entries(misspelt)) {
    const problems = problemsOf({ [name]: "hunter2" });
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.match(
      problems[0]!,
      new RegExp(`^${name}: is not a setting, .*accepted: ${meant}, or DEMO`),
    );
    assert.ok(!problems[0]!.includes("hunter2"));
  }
  assert.deepEqual(problemsOf({ HOME: "/", TZ: "UTC", PATH: "/bin", DENO_DIR: "/d" }), []);
  assert.deepEqual(problemsOf({ JWT_SECRET: "" }), []);
});

Deno.test("DEMO=1 insists on the demo, whatever else is set: HOST counts, keys are ignored", () => {
  const env = { ...KEYS, ...PRODUCTION, DEMO: "true", JWT_ACCEPTED_ISSUERS: "chat" };
  const settings = load(env);
  assert.equal(settings.demo, true);
  assert.equal(settings.host, "0.0.0.0");
  assert.equal(settings.redisUrl, PRODUCTION.REDIS_URL);
  assert.deepEqual(
    [settings.clientKeys.secret, settings.systemKeys.secret, settings.clientKeys.issuers],
    [undefined, undefined, ["*"]],
  );
  assert.equal(load({ DEMO: "1" }).host, "127.0.0.1");
  const ignored = warningsOf(env).filter((line) => line.includes("ignored in demo mode"));
  assert.deepEqual(ignored.map((line) => line.split(" ")[0]), [
    "JWT_APP_SECRET",
    "JWT_ACCEPTED_ISSUERS",
    "SYSTEM_JWT_SECRET",
  ]);
});

Deno.test("in demo mode nobody is told that keys are missing", () => {
  assert.ok(!warningsOf({}).some((line) => /no (client|system) key/.test(line)));
});
