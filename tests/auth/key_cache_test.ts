import assert from "node:assert/strict";
import { MAX_AGE_MS, REFRESH_AFTER_MS } from "../../src/auth/key_document.ts";
import { KeyServer, never, status } from "./key_server.ts";
import { type Setup, setup, type Signer, signer, verdict, visitorClaims } from "./support.ts";

const key = signer();
const HOUR_MS = 3_600_000;

/** A fresh token, so that no verdict of an earlier one answers for it. */
let serial = 0;
async function judged(s: Setup, by: Signer = key, kid = "k"): Promise<string> {
  const claims = visitorClaims(s.now, { exp: s.now + 48 * 3_600, jti: serial++ });
  return await verdict(s.auth, await by.sign(claims, { kid }));
}

async function withServer(test: (s: Setup, server: KeyServer) => Promise<void>): Promise<void> {
  await using server = new KeyServer();
  server.has("k", key.pem);
  await using s = setup({ client: { asapKeyServer: server.url } });
  await test(s, server);
}

/** Resolves once the server has been asked for the key, and the answer has been taken in. */
async function refreshed(s: Setup, server: KeyServer, act: () => Promise<unknown>): Promise<void> {
  const asked = server.next();
  await act();
  await asked;
  // The next look waits for the request that is under way.
  await s.options.client.keySources[0]!.renew({ alg: "EdDSA", kid: "k" });
}

Deno.test("a key is fetched once for many tokens, also when they come at the same time", async () => {
  await withServer(async (s, server) => {
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => judged(s)));
    assert.ok(verdicts.every((one) => one === "accepted"));
    await s.clock.advance(REFRESH_AFTER_MS);
    assert.equal(await judged(s), "accepted");
    assert.equal(server.asked("k"), 1);
  });
});

Deno.test("J39: a known key outlives an outage of its server", async () => {
  for (const outage of [status(500), status(302), never, "<html>", key.privatePem]) {
    await withServer(async (s, server) => {
      assert.equal(await judged(s), "accepted");
      server.has("k", outage);
      await s.clock.advance(MAX_AGE_MS + 1);
      const asked = server.next();
      const judging = judged(s);
      await asked;
      if (outage === never) await s.clock.advance(4_500);
      assert.equal(await judging, "accepted");
      assert.equal(await judged(s), "accepted", "and nobody waits for the server again");
      assert.equal(s.clock.timers, 0, "and it is not asked again at once");
    });
  }
});

Deno.test("J39: a server that is gone altogether takes no known key with it", async () => {
  const server = new KeyServer();
  server.has("k", key.pem);
  await using s = setup({ client: { asapKeyServer: server.url } });
  assert.equal(await judged(s), "accepted");
  await server[Symbol.asyncDispose]();
  for (let hours = 0; hours < 23; hours += 2) {
    await s.clock.advance(2 * HOUR_MS - 60_000);
    assert.equal(await judged(s), "accepted", `after ${hours} hours`);
  }
  await s.clock.advance(3 * HOUR_MS);
  assert.equal(await judged(s), "key_unavailable", "but not for ever");
});

Deno.test("J39: after an outage the server is asked again, and its answer counts", async () => {
  await withServer(async (s, server) => {
    assert.equal(await judged(s), "accepted");
    server.has("k", status(500));
    await s.clock.advance(MAX_AGE_MS + 1);
    assert.equal(await judged(s), "accepted");
    server.lacks("k");
    await s.clock.advance(3_001);
    await refreshed(s, server, () => judged(s));
    assert.equal(await judged(s), "unknown_key");
  });
});

Deno.test("J40: a new kid works at once", async () => {
  await withServer(async (s, server) => {
    assert.equal(await judged(s), "accepted");
    const next = signer();
    server.has("k2", next.pem);
    assert.equal(await judged(s, next, "k2"), "accepted");
  });
});

Deno.test("J40: a kid that was taken away stops within the stated age, for verified tokens too", async () => {
  await withServer(async (s, server) => {
    const claims = visitorClaims(s.now, { exp: s.now + HOUR_MS });
    const token = await key.sign(claims, { kid: "k" });
    assert.equal(await verdict(s.auth, token), "accepted");
    server.lacks("k");
    await s.clock.advance(MAX_AGE_MS);
    assert.equal(await verdict(s.auth, token), "accepted");
    await s.clock.advance(1);
    assert.equal(await verdict(s.auth, token), "unknown_key");
    assert.equal(await judged(s), "unknown_key");
  });
});

Deno.test("J40: a kid that is in use is looked at again well before, without anyone waiting", async () => {
  await withServer(async (s, server) => {
    const claims = visitorClaims(s.now, { exp: s.now + HOUR_MS });
    const token = `Bearer ${await key.sign(claims, { kid: "k" })}`;
    await s.auth.authenticate(token);
    server.lacks("k");
    await s.clock.advance(REFRESH_AFTER_MS + 1);
    await refreshed(s, server, async () => {
      assert.equal((await s.auth.authenticate(token)).kind, "client");
    });
    await assert.rejects(async () => await s.auth.authenticate(token), { code: "unknown_key" });
  });
});

Deno.test("J40: a new key under the same kid works at once, and the old one stops", async () => {
  await withServer(async (s, server) => {
    const claims = visitorClaims(s.now, { exp: s.now + HOUR_MS });
    const old = await key.sign(claims, { kid: "k" });
    assert.equal(await verdict(s.auth, old), "accepted");
    await s.clock.advance(10_000);
    const next = signer();
    server.has("k", next.pem);
    assert.equal(await judged(s, next), "accepted");
    assert.equal(await verdict(s.auth, old), "signature");
  });
});

Deno.test("J40: a key of another kind under the same kid works at once", async () => {
  await withServer(async (s, server) => {
    assert.equal(await judged(s), "accepted");
    await s.clock.advance(10_000);
    const next = signer("p256");
    server.has("k", next.pem);
    assert.equal(await judged(s, next), "accepted");
  });
});

Deno.test("J40: bad signatures make a known key be fetched at most once per cooldown", async () => {
  await withServer(async (s, server) => {
    const other = signer();
    assert.equal(await judged(s), "accepted");
    for (let i = 0; i < 20; i++) assert.equal(await judged(s, other), "signature");
    assert.equal(server.asked("k"), 1);
    await s.clock.advance(10_000);
    await Promise.all(Array.from({ length: 20 }, () => judged(s, other)));
    assert.equal(server.asked("k"), 2);
    assert.equal(await judged(s), "accepted");
  });
});

Deno.test("a key that was fetched again and is the same costs no verified token", async () => {
  await withServer(async (s, server) => {
    const claims = visitorClaims(s.now, { exp: s.now + HOUR_MS });
    const token = `Bearer ${await key.sign(claims, { kid: "k" })}`;
    await s.auth.authenticate(token);
    await s.clock.advance(REFRESH_AFTER_MS + 1);
    await refreshed(s, server, async () => await s.auth.authenticate(token));
    assert.equal(server.asked("k"), 2);
    await s.clock.advance(MAX_AGE_MS - 1);
    assert.ok(!(s.auth.authenticate(token) instanceof Promise));
  });
});

Deno.test("an answer that comes too late never overwrites a newer one", async () => {
  await withServer(async (s, server) => {
    assert.equal(await judged(s), "accepted");
    const late = Promise.withResolvers<Response>();
    server.has("k", () => late.promise);
    await s.clock.advance(MAX_AGE_MS + 1);
    const asked = server.next();
    const judging = judged(s);
    await asked;
    await s.clock.advance(4_500);
    assert.equal(await judging, "accepted");
    const next = signer();
    server.has("k", next.pem);
    await s.clock.advance(3_001);
    await refreshed(s, server, () => judged(s));
    assert.equal(await judged(s, next), "accepted");
    late.resolve(new Response(key.pem));
    await s.clock.advance(1);
    assert.equal(await judged(s, next), "accepted");
    assert.equal(await judged(s), "signature");
  });
});

Deno.test("J42: what is not a good key never takes the place of one", async () => {
  await withServer(async (s, server) => {
    assert.equal(await judged(s), "accepted");
    for (const answer of ["", "<html>", signer("rsa1024").pem, key.privatePem, status(500)]) {
      server.has("k", answer);
      await s.clock.advance(10_000);
      assert.equal(await judged(s, signer()), "signature");
      assert.equal(await judged(s), "accepted");
    }
  });
});

Deno.test("J42: the same kid at two servers is two keys, and kids differ by case", async () => {
  await using one = new KeyServer();
  await using two = new KeyServer();
  const other = signer();
  one.has("k", key.pem);
  two.has("K", other.pem);
  await using s = setup({
    client: { asapMappings: [{ kid: "k", baseUrl: one.url }, { kid: "K", baseUrl: two.url }] },
    system: { asapKeyServer: two.url },
  });
  assert.equal(await judged(s, key, "k"), "accepted");
  assert.equal(await judged(s, other, "K"), "accepted");
  assert.equal(await judged(s, other, "k"), "signature");
  const system = { iss: "jitsi", aud: "jitsi", exp: s.now + 60 };
  assert.equal(await verdict(s.auth, await key.sign(system, { kid: "k" })), "unknown_key");
});
