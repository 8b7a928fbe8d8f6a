import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRedisUrl } from "../../src/redis/url.ts";

const NOTHING = { tls: false, username: undefined, password: undefined, db: 0 };
const SERVER = { ...NOTHING, kind: "server" };

Deno.test("a Redis URL names a server, its port and its database", () => {
  const address = { host: "h.example", port: 6379 };
  assert.deepEqual(parseRedisUrl("redis://h.example"), { ...SERVER, address });
  assert.deepEqual(parseRedisUrl("redis://h.example/"), { ...SERVER, address });
  assert.deepEqual(parseRedisUrl("redis://h.example:7000/3"), {
    ...SERVER,
    address: { ...address, port: 7000 },
    db: 3,
  });
  assert.deepEqual(parseRedisUrl("redis://[::1]:7000"), {
    ...SERVER,
    address: { host: "::1", port: 7000 },
  });
});

Deno.test("rediss is TLS", () => {
  for (const url of ["rediss://h", "rediss+sentinel://h/m", "rediss+cluster://h"]) {
    assert.equal(parseRedisUrl(url).tls, true);
    assert.equal(parseRedisUrl(url.replace("rediss", "redis")).tls, false);
  }
});

Deno.test("any user and password can stand in a Redis URL", () => {
  fc.assert(fc.property(fc.string(), fc.string({ minLength: 1 }), (username, password) => {
    const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
    const target = parseRedisUrl(`redis://${login}@h`);
    assert.equal(target.username, username || undefined);
    assert.equal(target.password, password);
  }));
  assert.equal(parseRedisUrl("redis://:with@sign:and:colons@h").password, "with@sign:and:colons");
});

Deno.test("a Redis URL names Sentinels, their master and their own password", () => {
  const url = "redis+sentinel://u:p@a,b:7000/main/2?sentinel_user=s&sentinel_password=q%40";
  assert.deepEqual(parseRedisUrl(url), {
    kind: "sentinel",
    tls: false,
    username: "u",
    password: "p",
    db: 2,
    sentinels: [{ host: "a", port: 26379 }, { host: "b", port: 7000 }],
    master: "main",
    sentinelUsername: "s",
    sentinelPassword: "q@",
  });
});

Deno.test("a Redis URL names nodes of a cluster", () => {
  assert.deepEqual(parseRedisUrl("redis+cluster://:p@a,b:7000"), {
    ...NOTHING,
    kind: "cluster",
    password: "p",
    nodes: [{ host: "a", port: 6379 }, { host: "b", port: 7000 }],
  });
});

Deno.test("a URL that is none of these is refused without being repeated", () => {
  const urls = [
    "",
    "secret",
    "http://secret",
    "redis:secret",
    "redis://",
    "redis://:secret@",
    "redis://:secret@h:0",
    "redis://:secret@h:65536",
    "redis://:secret@h:port",
    "redis://:secret@h/db",
    "redis://:secret@h/1/2",
    "redis://:secret@h?db=1",
    "redis://:secret@a,b",
    "redis://:secret%@h",
    "redis://:secret@h h",
    "redis+cluster://:secret@h/1",
    "redis+cluster://:secret@h,",
    "redis+sentinel://:secret@h",
    "redis+sentinel://:secret@h/m/1/2",
    "redis+sentinel://:secret@h/m?password=secret",
    "redis+other://:secret@h",
  ];
  for (const url of urls) {
    assert.throws(() => parseRedisUrl(url), (error) => {
      assert.ok(error instanceof TypeError, url);
      assert.match(error.message, /^Cannot use the Redis URL: /);
      assert.ok(!error.message.includes("secret"), error.message);
      return true;
    }, url);
  }
});
