import assert from "node:assert/strict";
import type { Settings } from "../../src/config/config.ts";
import { DOORS } from "../../src/app.ts";
import { settingsTable } from "../../src/config/config.ts";
import { load, OTHER_SECRET, PLACE, problemsOf, SECRET, settingNames, warningsOf } from "./load.ts";

const KEYS = { JWT_APP_SECRET: SECRET, SYSTEM_JWT_SECRET: OTHER_SECRET };

Deno.test("each setting has the default that clients and operators rely on", () => {
  assert.deepEqual(ofTheHouse(load(KEYS)), {
    demo: false,
    host: "0.0.0.0",
    port: 8060,
    basePath: "/waiting-queue",
    workers: 4,
    metricsPort: undefined,
    webSocketServer: "ws",
    clientKeys: {
      secret: SECRET,
      publicKey: undefined,
      jwksUrl: undefined,
      asapKeyServer: undefined,
      asapMappings: [],
      issuers: ["*"],
      audiences: ["*"],
    },
    systemKeys: {
      secret: OTHER_SECRET,
      publicKey: undefined,
      jwksUrl: undefined,
      asapKeyServer: undefined,
      asapMappings: [],
      issuers: ["jitsi"],
      audiences: ["jitsi"],
    },
    access: {
      allowEmpty: false,
      domainVerification: false,
      visitorAnyRole: false,
      moderatorAnyRole: false,
    },
    xmpp: { domain: undefined, mucDomain: undefined },
    allowedOrigins: ["*"],
    queue: {
      stateIntervalMs: 15_000,
      releaseRate: 50,
      randomDelayMs: 0,
      liveTtlMs: 3_600_000,
      maxVisitorsPerConference: undefined,
    },
    connections: {
      connectTimeoutMs: 10_000,
      max: undefined,
      maxPerToken: undefined,
      maxPerAddress: undefined,
      trustedProxies: [],
      maxMemoryMb: undefined,
      drainMs: 15_000,
    },
    readyGraceMs: 60_000,
    redisUrl: undefined,
    kvPath: "data/live-8060.sqlite3",
    log: { level: "info", format: "json" },
    doors: {
      open: ["rest", "queue"],
      values: {
        rest: {},
        queue: { HEARTBEAT_MS: 10_000, DISCONNECT_ON_EXPIRY: false },
        "visitors-list": {
          HEARTBEAT_MS: 10_000,
          DISCONNECT_ON_EXPIRY: false,
          VISITORS_LIST_INTERVAL_MS: 3_000,
        },
        events: {
          EVENTS_PORT: undefined,
          EVENTS_TLS_CERT: undefined,
          EVENTS_TLS_KEY: undefined,
          ORIGIN_UUID: undefined,
          EVENTS_MAX_CONNECTIONS: undefined,
          EVENTS_MAX_BUFFER: 1_048_576,
          EVENTS_GUESTS: 100,
          EVENTS_PUBLISH_RATE: 500,
        },
        demo: {},
      },
    },
  });
});

Deno.test("the hardened front is the default but for the demo and Deno Deploy, and the other one warns", () => {
  const deploy = { DENO_DEPLOYMENT_ID: "x" };
  assert.equal(load({}).webSocketServer, "deno");
  assert.equal(load({ ...KEYS, ...deploy }).webSocketServer, "deno");
  assert.equal(load({ WEBSOCKET_SERVER: "ws" }).webSocketServer, "ws");
  const chosen = { WEBSOCKET_SERVER: "deno" };
  const warned = (env: Record<string, string>) =>
    warningsOf(env).some((text) => text.includes("WEBSOCKET_SERVER"));
  assert.ok(warned({ ...KEYS, ...chosen }));
  assert.ok(!warned(chosen));
  assert.ok(!warned({ ...KEYS, ...chosen, ...deploy }));
  assert.ok(!warned(KEYS));
});

Deno.test("the settings can be posted to a worker", () => {
  const settings = load({ ...KEYS, ...PLACE, REDIS_URL: "redis://cache:6379" });
  assert.deepEqual(structuredClone(settings), settings);
});

Deno.test("an empty or blank value is an unset one", () => {
  const empty = Object.fromEntries(settingNames.map((name) => [name, ""]));
  const blank = Object.fromEntries(settingNames.map((name) => [name, "  "]));
  assert.deepEqual(load(empty), load({}));
  assert.deepEqual(load(blank), load({}));
});

Deno.test("every setting reaches its place", () => {
  const settings = load({
    ...PLACE,
    PORT: "9000",
    HOST: "::1",
    BASE_PATH: "queue",
    WORKERS: "3",
    JWT_APP_SECRET: SECRET,
    JWT_JWKS_URL: "https://keys.example/jwks",
    JWT_ASAP_KEYSERVER: "https://keys.example/asap",
    JWT_ASAP_MAPPINGS: '[{"kid":"^a/","baseUrl":"https://a.example"}]',
    JWT_ACCEPTED_ISSUERS: "chat, jitsi ,",
    JWT_ACCEPTED_AUDIENCES: "jitsi",
    JWT_ALLOW_EMPTY: "1",
    JWT_ENABLE_DOMAIN_VERIFICATION: "true",
    VISITOR_ANY_ROLE: "TRUE",
    MODERATOR_ANY_ROLE: "1",
    DISCONNECT_ON_EXPIRY: "1",
    DOORS: "Queue, Visitors-List",
    VISITORS_LIST_INTERVAL_MS: "500",
    READY_GRACE_MS: "30000",
    SYSTEM_JWT_SECRET: OTHER_SECRET,
    SYSTEM_JWT_ACCEPTED_ISSUERS: "prosody",
    SYSTEM_JWT_ACCEPTED_AUDIENCES: "queue",
    ALLOWED_ORIGINS: "https://meet.example:443/, HTTP://Localhost:8080,file://",
    STATE_INTERVAL_MS: "100",
    RELEASE_RATE: "0.5",
    RANDOM_DELAY_MS: "5000",
    LIVE_TTL_SEC: "60",
    HEARTBEAT_MS: "5000",
    CONNECT_TIMEOUT_MS: "2000",
    MAX_CONNECTIONS: "1000",
    MAX_CONNECTIONS_PER_TOKEN: "20",
    MAX_CONNECTIONS_PER_ADDRESS: "50",
    TRUSTED_PROXIES: "10.0.0.0/8, ::1",
    MAX_MEMORY_MB: "2048",
    MAX_VISITORS_PER_CONFERENCE: "10",
    DRAIN_MS: "0",
    REDIS_URL: "rediss://:pw@cache:6380/1",
    KV_PATH: "/var/lib/queue.sqlite3",
    WEBSOCKET_SERVER: "deno",
    LOG_LEVEL: "warn",
    LOG_FORMAT: "text",
    EVENTS_PORT: "9502",
    EVENTS_TLS_CERT: "/etc/events.crt",
    EVENTS_TLS_KEY: "/etc/events.key",
    ORIGIN_UUID: "0198F0C4-5A1E-7B63-9C1D-3F9A3C0F6A11",
    EVENTS_MAX_CONNECTIONS: "100",
    EVENTS_MAX_BUFFER: "65536",
    EVENTS_GUESTS: "0",
    EVENTS_PUBLISH_RATE: "7",
    METRICS_PORT: "9100",
  });
  assert.deepEqual(ofTheHouse(settings), {
    demo: false,
    host: "::1",
    port: 9000,
    basePath: "/queue",
    workers: 3,
    metricsPort: 9100,
    webSocketServer: "deno",
    clientKeys: {
      secret: SECRET,
      publicKey: undefined,
      jwksUrl: "https://keys.example/jwks",
      asapKeyServer: "https://keys.example/asap",
      asapMappings: [{ kid: "^a/", baseUrl: "https://a.example" }],
      issuers: ["chat", "jitsi"],
      audiences: ["jitsi"],
    },
    systemKeys: {
      secret: OTHER_SECRET,
      publicKey: undefined,
      jwksUrl: undefined,
      asapKeyServer: undefined,
      asapMappings: [],
      issuers: ["prosody"],
      audiences: ["queue"],
    },
    access: {
      allowEmpty: true,
      domainVerification: true,
      visitorAnyRole: true,
      moderatorAnyRole: true,
    },
    xmpp: { domain: "meet.example", mucDomain: "conference.meet.example" },
    allowedOrigins: ["https://meet.example", "http://localhost:8080", "file://"],
    queue: {
      stateIntervalMs: 100,
      releaseRate: 0.5,
      randomDelayMs: 5000,
      liveTtlMs: 60_000,
      maxVisitorsPerConference: 10,
    },
    connections: {
      connectTimeoutMs: 2000,
      max: 1000,
      maxPerToken: 20,
      maxPerAddress: 50,
      trustedProxies: ["10.0.0.0/8", "::1"],
      maxMemoryMb: 2048,
      drainMs: 0,
    },
    readyGraceMs: 30_000,
    redisUrl: "rediss://:pw@cache:6380/1",
    kvPath: "/var/lib/queue.sqlite3",
    log: { level: "warning", format: "text" },
    doors: {
      open: ["rest", "queue", "visitors-list"],
      values: {
        rest: {},
        queue: { HEARTBEAT_MS: 5_000, DISCONNECT_ON_EXPIRY: true },
        "visitors-list": {
          HEARTBEAT_MS: 5_000,
          DISCONNECT_ON_EXPIRY: true,
          VISITORS_LIST_INTERVAL_MS: 500,
        },
        events: {
          EVENTS_PORT: 9502,
          EVENTS_TLS_CERT: "/etc/events.crt",
          EVENTS_TLS_KEY: "/etc/events.key",
          ORIGIN_UUID: "0198f0c4-5a1e-7b63-9c1d-3f9a3c0f6a11",
          EVENTS_MAX_CONNECTIONS: 100,
          EVENTS_MAX_BUFFER: 65_536,
          EVENTS_GUESTS: 0,
          EVENTS_PUBLISH_RATE: 7,
        },
        demo: {},
      },
    },
  });
});

const WRONG: Record<string, readonly string[]> = {
  PORT: ["x", "-1", "65536", "1.5", "1e3", "0x10", "+5"],
  HOST: ["a b", "http://x", "a/b"],
  BASE_PATH: ["/a b", "/a?b", "/../a", "/a/./b", "/é"],
  WORKERS: ["0", "257", "many"],
  JWT_JWKS_URL: ["keys.example", "ftp://keys.example", "/path", "https://u:p@keys.example"],
  JWT_ASAP_KEYSERVER: ["keys.example", "file:///etc", "https://keys.example?a"],
  JWT_ASAP_MAPPINGS: ["x", "{}", "[]", "[{}]", '[{"kid":"(","baseUrl":"https://a.example"}]'],
  JWT_ACCEPTED_ISSUERS: [","],
  JWT_ACCEPTED_AUDIENCES: [", ,"],
  JWT_ALLOW_EMPTY: ["2", "yes", "on"],
  JWT_ENABLE_DOMAIN_VERIFICATION: ["maybe"],
  VISITOR_ANY_ROLE: ["y"],
  DISCONNECT_ON_EXPIRY: ["-1"],
  MODERATOR_ANY_ROLE: ["x"],
  DEMO: ["yes"],
  DOORS: ["queu", "queue,attic", "rest", "demo", ","],
  READY_GRACE_MS: ["-1", "3600001"],
  SYSTEM_JWT_JWKS_URL: ["keys.example"],
  SYSTEM_JWT_ASAP_KEYSERVER: ["keys.example"],
  SYSTEM_JWT_ASAP_MAPPINGS: ['[{"kid":"a","baseUrl":"a","more":1}]'],
  SYSTEM_JWT_ACCEPTED_ISSUERS: [","],
  SYSTEM_JWT_ACCEPTED_AUDIENCES: [","],
  XMPP_DOMAIN: ["meet.", ".meet", "a..b", "a b", "a@b", "-a.b"],
  XMPP_MUC_DOMAIN: ["conference/x"],
  ALLOWED_ORIGINS: ["meet.example", "https://a.example/path", "https://u@a.example", ","],
  STATE_INTERVAL_MS: ["9", "3600001", "often"],
  RELEASE_RATE: ["-1", "1e3", ".5", "NaN", "1000001"],
  RANDOM_DELAY_MS: ["-1", "0.5"],
  LIVE_TTL_SEC: ["0", "31536001"],
  HEARTBEAT_MS: ["9", "60001"],
  CONNECT_TIMEOUT_MS: ["0"],
  MAX_CONNECTIONS: ["0", "none"],
  MAX_MEMORY_MB: ["63", "80%"],
  MAX_VISITORS_PER_CONFERENCE: ["0"],
  DRAIN_MS: ["-1"],
  REDIS_URL: ["cache:6379", "http://cache"],
  WEBSOCKET_SERVER: ["node"],
  TRUSTED_PROXIES: ["nginx", "10.0.0.0/33", "10.0.0.1:80"],
  LOG_LEVEL: ["loud", "trace"],
  LOG_FORMAT: ["xml"],
  METRICS_PORT: ["65536", "x"],
};

Deno.test("a wrong value is refused with its name and with what is accepted", () => {
  for (const [name, values] of Object.entries(WRONG)) {
    for (const value of values) {
      const problems = problemsOf({ ...KEYS, [name]: value });
      assert.equal(problems.length, 1, `${name}=${value}: ${problems.join()}`);
      assert.match(problems[0]!, new RegExp(`^${name}: cannot use .+; accepted: .+`));
    }
  }
});

Deno.test("every problem is listed at once", () => {
  const env = Object.fromEntries(Object.entries(WRONG).map(([name, values]) => [name, values[0]]));
  const problems = problemsOf({ ...env, SYSTEM_JWT_SECRET: SECRET, JWT_APP_SECRET: SECRET });
  for (const name of [...Object.keys(WRONG), "SYSTEM_JWT_SECRET"]) {
    assert.equal(problems.filter((line) => line.startsWith(`${name}:`)).length, 1, name);
  }
});

Deno.test("a message shows no value of a key, a secret or a Redis URL", () => {
  const marker = "hunter2";
  const env: Record<string, string> = {};
  for (const name of settingNames) {
    if (!/^(JWT_|SYSTEM_|REDIS_URL)/.test(name)) continue;
    const url = /_(JWKS_URL|ASAP_KEYSERVER)$/.test(name);
    if (!/_(ACCEPTED_|ALLOW_|ENABLE_)/.test(name)) {
      env[name] = url ? `${marker}:${marker}@keys.example` : `${marker} ${marker}`;
    }
  }
  const lines = [
    ...problemsOf(env),
    ...problemsOf({ JWT_JWKS_URL: `https://u:${marker}@keys.example` }),
    ...problemsOf({ JWT_ASAP_MAPPINGS: `[{"kid":"a","baseUrl":"https://u:${marker}@a.example"}]` }),
    ...problemsOf({ JWT_ASAP_MAPPINGS: `[{"kid":"a","baseUrl":"${marker}:${marker}@a.example"}]` }),
  ];
  assert.ok(lines.length >= 10, lines.join("\n"));
  assert.doesNotMatch(lines.join("\n"), new RegExp(marker));
  const valid = {
    ...KEYS,
    JWT_APP_SECRET: marker,
    SYSTEM_JWT_JWKS_URL: `http://${marker}.example`,
  };
  assert.doesNotMatch(warningsOf(valid).join("\n"), new RegExp(marker));
});

Deno.test("the MUC domain must belong to the XMPP domain", () => {
  for (const muc of ["meet.example", "conference.other.example", "xmeet.example"]) {
    const [problem] = problemsOf({ ...KEYS, XMPP_DOMAIN: "meet.example", XMPP_MUC_DOMAIN: muc });
    assert.match(problem!, /^XMPP_MUC_DOMAIN: .*\.meet\.example/);
  }
  const settings = load({ ...KEYS, XMPP_DOMAIN: "meet.jitsi", XMPP_MUC_DOMAIN: "MUC.Meet.Jitsi" });
  assert.equal(settings.xmpp.mucDomain, "muc.meet.jitsi");
});

Deno.test("without the domains the service says what that means for tenants", () => {
  assert.match(
    warningsOf(KEYS).join(),
    /^XMPP_DOMAIN and XMPP_MUC_DOMAIN are not set: .*\[tenant\]room$/,
  );
  const { XMPP_DOMAIN, XMPP_MUC_DOMAIN } = PLACE;
  assert.match(warningsOf({ ...KEYS, XMPP_MUC_DOMAIN }).join(), /^XMPP_DOMAIN is not set/);
  assert.match(warningsOf({ ...KEYS, XMPP_DOMAIN }).join(), /^XMPP_MUC_DOMAIN is not set/);
  assert.deepEqual(warningsOf({ ...KEYS, ...PLACE }), []);
});

Deno.test("domain verification needs a domain", () => {
  const env = { ...KEYS, JWT_ENABLE_DOMAIN_VERIFICATION: "1" };
  assert.match(problemsOf(env).join(), /^JWT_ENABLE_DOMAIN_VERIFICATION: needs XMPP_DOMAIN/);
  assert.deepEqual(problemsOf({ ...env, XMPP_DOMAIN: "meet.example" }), []);
});

Deno.test("metrics on the port of everything else is refused", () => {
  assert.match(problemsOf({ METRICS_PORT: "8060" }).join(), /^METRICS_PORT: is the same as PORT/);
  assert.deepEqual(problemsOf({ PORT: "0", METRICS_PORT: "0" }), []);
});

Deno.test("a name that is probably misspelt brings a warning", () => {
  const env = { ...KEYS, ...PLACE };
  const warnings = warningsOf({ ...env, JWT_APPSECRET: "x", SYSTEM_JWT_SECRETS: "x" });
  assert.deepEqual(warnings, [
    "JWT_APPSECRET is not a setting; did you mean JWT_APP_SECRET?",
    "SYSTEM_JWT_SECRETS is not a setting; did you mean SYSTEM_JWT_SECRET?",
  ]);
  const foreign = { HOME: "/", JWT_APP_ID: "a", XMPP_AUTH_DOMAIN: "a", PORTS: "1", TZ: "UTC" };
  assert.deepEqual(warningsOf({ ...env, ...foreign }), []);
});

Deno.test("the base path has a leading slash and none at the end", () => {
  const paths = { "/": "", "//": "", queue: "/queue", "/a/b/": "/a/b", "a//b": "/a/b" };
  for (const [given, expected] of Object.entries(paths)) {
    assert.equal(load({ BASE_PATH: given }).basePath, expected, given);
  }
});

Deno.test("every port has a file of its own, a port that the system chooses none", () => {
  assert.equal(load({ PORT: "8061" }).kvPath, "data/live-8061.sqlite3");
  assert.equal(load({ PORT: "0" }).kvPath, ":memory:");
  assert.equal(load({ PORT: "0", KV_PATH: "x.db" }).kvPath, "x.db");
});

Deno.test("there are as many workers as cores, within bounds", () => {
  assert.equal(load({}, { cores: 1000 }).workers, 256);
  assert.equal(load({}, { cores: 0 }).workers, 1);
});

Deno.test("on Deno Deploy there is one worker and the platform's own database", () => {
  const env = { ...KEYS, ...PLACE, DENO_DEPLOYMENT_ID: "abc" };
  assert.equal(load(env).workers, 1);
  assert.equal(load(env).kvPath, undefined);
  assert.equal(load({ ...env, WORKERS: "8" }).workers, 1);
  assert.match(warningsOf({ ...env, WORKERS: "8" }).join(), /^WORKERS is ignored/);
});

Deno.test("the table has one row for every setting, with its default", () => {
  const rows = settingsTable(DOORS).trimEnd().split("\n").slice(2);
  assert.deepEqual(rows.map((row) => /^\| `(\w+)` \|/.exec(row)?.[1]), settingNames);
  for (const row of rows) assert.match(row, /^\| `\w+` \| .*\| [^ |].*\. \|$/);
  assert.match(settingsTable(DOORS), /^\| `PORT` \| `8060` \|/m);
});

/** Without the settings of the rooms door, which has a test of its own for them. */
function ofTheHouse({ doors, ...settings }: Settings): Settings {
  const { rooms: _, ...values } = doors.values;
  return { ...settings, doors: { ...doors, values } };
}
