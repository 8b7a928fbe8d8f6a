import assert from "node:assert/strict";
import { configureLogging, getLogger, type Logger, type LogOptions } from "../../src/log/log.ts";

/** Runs `fn` with a log of its own and returns its lines. */
function linesOf(fn: (log: Logger) => void, options: Partial<LogOptions> = {}): string[] {
  const lines: string[] = [];
  configureLogging({
    level: "debug",
    format: "json",
    isolate: "w1",
    write: (line) => void lines.push(line),
    ...options,
  });
  fn(getLogger("http"));
  return lines;
}

function recordsOf(fn: (log: Logger) => void): Record<string, unknown>[] {
  return linesOf(fn).map((line) => JSON.parse(line));
}

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0In0.c2lnbmF0dXJl";

Deno.test("a record is one line of JSON with its properties flattened", () => {
  const [record] = recordsOf((log) =>
    log.info("{conference} went live", { conference: "room@x", visitorsWaiting: 3 })
  );
  assert.match(record!.timestamp as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  delete record!.timestamp;
  assert.deepEqual(record, {
    level: "info",
    message: "room@x went live",
    category: "waiting-queue.http",
    isolate: "w1",
    conference: "room@x",
    visitorsWaiting: 3,
  });
});

Deno.test("text for people has the same parts in one line", () => {
  const [line] = linesOf((log) => log.warn("peer cut", { reason: "slow" }), { format: "text" });
  assert.match(line!, /^\S+Z WARNING w1 http: peer cut reason="slow"$/);
});

Deno.test("text for people says once what stands in the message, and of an error its stack too", () => {
  const [line, failed] = linesOf((log) => {
    log.info("{conference} is live", { conference: "room@x", visitorsWaiting: 3 });
    log.error("Cannot: {error}", { error: new Error("broken") });
  }, { format: "text" });
  assert.match(line!, / http: room@x is live visitorsWaiting=3$/);
  assert.match(failed!, / http: Cannot: broken error=\{.*stack/);
});

Deno.test("records below the level are left out", () => {
  const speak = (log: Logger) => {
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
  };
  for (const [level, count] of [["debug", 4], ["info", 3], ["warning", 2], ["error", 1]] as const) {
    assert.equal(linesOf(speak, { level }).length, count, level);
  }
});

Deno.test("a second configuration replaces the first", () => {
  const first = linesOf(() => {});
  const second = linesOf((log) => log.info("hello"));
  assert.equal(first.length, 0);
  assert.equal(second.length, 1);
});

Deno.test("a property never replaces a part of the record", () => {
  const [record] = recordsOf((log) =>
    log.info("hello", { level: "error", message: "x", category: "y", isolate: "z", timestamp: 0 })
  );
  assert.equal(record!.level, "info");
  assert.equal(record!.message, "hello");
  assert.equal(record!.isolate, "w1");
});

Deno.test("properties that are named like a secret are masked, at any depth and in the message", () => {
  const secret = "s3cr3t-value";
  const lines = linesOf((log) => {
    log.info("with {token}", { token: secret });
    log.info("nested", { headers: { Authorization: secret, list: [{ appSecret: secret }] } });
    log.info("more", { redisPassword: secret, cookie: secret, private_key: secret });
  });
  assert.equal(lines.length, 3);
  assert.doesNotMatch(lines.join(), /s3cr3t/);
  assert.match(lines[0]!, /with \[redacted\]/);
});

Deno.test("a flag under such a name stays", () => {
  const [record] = recordsOf((log) => log.info("hello", { hasToken: true }));
  assert.equal(record!.hasToken, true);
});

Deno.test("J35: what looks like a token or a URL with a password is masked wherever it stands", () => {
  const cause = new Error(`redis://user:hunter2@cache:6379 refused`);
  const lines = linesOf((log) => {
    log.error(`bad header Bearer ${JWT}`);
    log.error("failed", { error: new Error("no", { cause }), path: `/golive?token=${JWT}` });
  });
  const text = lines.join("\n");
  assert.doesNotMatch(text, /hunter2|c2lnbmF0dXJl|eyJzdWIi/);
  assert.match(text, /redis:\/\/\[redacted\]@cache/);
});

Deno.test("an error keeps its name, code, stack and cause", () => {
  const error = Object.assign(new TypeError("broken", { cause: "why" }), { code: "E_X" });
  const [record] = recordsOf((log) => log.error("failed", { error }));
  const logged = record!.error as Record<string, string>;
  assert.equal(logged.name, "TypeError");
  assert.equal(logged.message, "broken");
  assert.equal(logged.code, "E_X");
  assert.equal(logged.cause, "why");
  assert.match(logged.stack!, /log_test/);
});

Deno.test("nothing of a stranger moves a terminal's cursor or forges a line, in a property either", () => {
  const evil = "a\u0000\u001b[2J\u007f\u0085\u009b31m\u009f\u2028\u2029\r\nz";
  for (const format of ["json", "text"] as const) {
    const [line] = linesOf((log) => {
      log.warn("said {what}", { what: evil, [evil]: [{ [evil]: evil }] });
    }, { format });
    // deno-lint-ignore no-control-regex -- control characters are what must not be there
    assert.doesNotMatch(line!, /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/, format);
    assert.match(line!, /\\u009b31m\\u009f\\u2028\\u2029/);
    if (format === "json") assert.equal(JSON.parse(line!)[evil][0][evil], evil, "it stays JSON");
  }
});

Deno.test("a stranger's text cannot forge a line", () => {
  const evil = 'x\r\n{"level":"error"}\u2028\u001b[2J';
  for (const format of ["json", "text"] as const) {
    const [line] = linesOf((log) => log.info("{evil}", { evil }), { format });
    // deno-lint-ignore no-control-regex -- control characters are what must not be there
    assert.doesNotMatch(line!, /[\u0000-\u001f]/);
  }
});

Deno.test("anything can be logged: cycles, big numbers, functions, huge and deep values", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const odd = {
    cycle,
    big: 1n,
    fn: () => 1,
    huge: "x".repeat(100_000),
    long: Array.from({ length: 10_000 }, (_, i) => i),
    bytes: new Uint8Array(9),
    map: new Map([["a", new Set([1])]]),
    invalid: new Date(NaN),
    date: new Date(0),
    nothing: null,
    unset: undefined,
    symbol: Symbol("s"),
  };
  for (const format of ["json", "text"] as const) {
    const [line] = linesOf((log) => log.info("odd {cycle} {big}", odd), { format });
    assert.ok(line!.length < 12_000, `${line!.length}`);
  }
  const [record] = recordsOf((log) => log.info("odd", odd));
  assert.equal(record!.bytes, "9 octets");
  assert.equal(record!.date, "1970-01-01T00:00:00.000Z");
  assert.deepEqual(record!.map, { a: [1] });
});
