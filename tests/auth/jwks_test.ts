import assert from "node:assert/strict";
import { MAX_AGE_MS } from "../../src/auth/key_document.ts";
import { type Answer, KeyServer, never, status } from "./key_server.ts";
import { type Setup, setup, type Signer, signer, verdict, visitorClaims } from "./support.ts";

const one = signer();
const two = signer("p256");

type Members = readonly Readonly<Record<string, unknown>>[];

function keySet(...keys: Members): string {
  return JSON.stringify({ keys });
}

let serial = 0;
async function judged(s: Setup, by: Signer, kid: string | undefined): Promise<string> {
  const claims = visitorClaims(s.now, { exp: s.now + 48 * 3_600, jti: serial++ });
  return await verdict(s.auth, await by.sign(claims, { kid }));
}

async function withSet(
  answer: Answer | string,
  test: (s: Setup, server: KeyServer) => Promise<void>,
): Promise<void> {
  await using server = new KeyServer();
  server.on("/jwks", answer);
  await using s = setup({ client: { jwksUrl: `${server.url}/jwks` } });
  await test(s, server);
}

const both = keySet({ ...one.jwk, kid: "one" }, {
  ...two.jwk,
  kid: "two",
  alg: "ES256",
  use: "sig",
});

Deno.test("the keys of a set are found by kid, with one request for all", async () => {
  await withSet(both, async (s, server) => {
    assert.equal(await judged(s, one, "one"), "accepted");
    assert.equal(await judged(s, two, "two"), "accepted");
    assert.equal(await judged(s, one, "two"), "algorithm");
    assert.equal(await judged(s, one, "three"), "unknown_key");
    assert.equal(server.requests.length, 1);
  });
});

Deno.test("J07: with a key set a kid is required and visible ASCII", async () => {
  await withSet(both, async (s, server) => {
    for (const kid of [undefined, "a b", "a\0", "a\n", "é"]) {
      assert.equal(await judged(s, one, kid), "malformed", String(kid));
    }
    assert.deepEqual(server.requests, []);
    assert.equal(await judged(s, one, "../../x"), "unknown_key");
  });
});

Deno.test("J38: a broken key set gives no keys", async () => {
  const broken: (Answer | string)[] = [
    status(404),
    status(500),
    "",
    "<html>",
    "{}",
    "[]",
    "null",
    '{"keys":{}}',
    both + " ".repeat(65_536),
    () => new Response(both, { headers: { "content-type": "text/html" } }),
  ];
  for (const answer of broken) {
    await withSet(
      answer,
      async (s) => assert.equal(await judged(s, one, "one"), "key_unavailable"),
    );
  }
});

Deno.test("J38: members of a set that cannot be used are left out, the others count", async () => {
  const set = keySet(
    null as unknown as Members[0],
    { kty: "oct", k: "AAAA", kid: "secret" },
    { ...signer("rsa1024").jwk, kid: "weak" },
    { ...one.jwk, kid: "private", d: "AAAA" },
    { ...one.jwk, kid: "encryption", use: "enc" },
    { ...one.jwk, kid: "alg", alg: "RS256" },
    { kty: "EC", crv: "P-256", x: "AA", y: "AA", kid: "point" },
    { kty: "new", kid: "kind" },
    { ...one.jwk },
    { ...one.jwk, kid: 7 },
    { ...one.jwk, kid: "one" },
    { ...two.jwk, kid: "one" },
  );
  await withSet(set, async (s) => {
    assert.equal(await judged(s, one, "one"), "accepted");
    for (const kid of ["secret", "weak", "private", "encryption", "alg", "point", "kind", "7"]) {
      assert.equal(await judged(s, one, kid), "unknown_key", kid);
    }
  });
});

Deno.test("J39: a key set outlives an outage of its server, a 404 included", async () => {
  for (const outage of [status(404), status(503), "{}"]) {
    await withSet(both, async (s, server) => {
      assert.equal(await judged(s, one, "one"), "accepted");
      server.on("/jwks", outage);
      await s.clock.advance(MAX_AGE_MS + 1);
      assert.equal(await judged(s, one, "one"), "accepted");
      assert.equal(await judged(s, two, "two"), "accepted");
    });
  }
});

Deno.test("J40: a kid that was added works within seconds, one that was removed stops", async () => {
  await withSet(keySet({ ...one.jwk, kid: "one" }), async (s, server) => {
    assert.equal(await judged(s, one, "one"), "accepted");
    server.on("/jwks", keySet({ ...two.jwk, kid: "two" }));
    assert.equal(await judged(s, two, "two"), "unknown_key");
    await s.clock.advance(10_000);
    assert.equal(await judged(s, two, "two"), "accepted");
    assert.equal(await judged(s, one, "one"), "unknown_key");
  });
});

Deno.test("J40: a new key under the same kid works within seconds", async () => {
  await withSet(keySet({ ...one.jwk, kid: "k" }), async (s, server) => {
    assert.equal(await judged(s, one, "k"), "accepted");
    const next = signer();
    server.on("/jwks", keySet({ ...next.jwk, kid: "k" }));
    await s.clock.advance(10_000);
    assert.equal(await judged(s, next, "k"), "accepted");
    assert.equal(await judged(s, one, "k"), "signature");
  });
});

Deno.test("J41: unknown kids make a key set be fetched at most once per cooldown", async () => {
  await withSet(both, async (s, server) => {
    await Promise.all(Array.from({ length: 100 }, (_, i) => judged(s, one, `kid${i}`)));
    assert.equal(server.requests.length, 1);
    await s.clock.advance(10_000);
    await Promise.all(Array.from({ length: 100 }, (_, i) => judged(s, one, `kid${i}`)));
    assert.equal(server.requests.length, 2);
  });
});

Deno.test("J41: while a key set is fetched for an unknown kid, known ones go on", async () => {
  await withSet(both, async (s, server) => {
    assert.equal(await judged(s, one, "one"), "accepted");
    server.on("/jwks", never);
    await s.clock.advance(10_000);
    const asked = server.next();
    const judging = judged(s, one, "unknown");
    await asked;
    assert.equal(await judged(s, one, "one"), "accepted");
    await s.clock.advance(4_500);
    assert.equal(await judging, "unknown_key");
  });
});
