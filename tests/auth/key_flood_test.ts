import assert from "node:assert/strict";
import { UNKNOWN_KEYS_BURST, UNKNOWN_KEYS_PER_SECOND } from "../../src/auth/fetch_pace.ts";
import { KeyServer, never, status } from "./key_server.ts";
import { part, type Setup, setup, signer, verdict, visitorClaims } from "./support.ts";

const key = signer();

/** A token that names a key, signed by nobody. */
function unsigned(s: Setup, kid: string, serial = 0): string {
  const claims = visitorClaims(s.now, { jti: serial });
  return `${part({ alg: "EdDSA", kid })}.${part(claims)}.AAAA`;
}

/** How many tokens got each verdict. */
function tally(verdicts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of verdicts) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
}

Deno.test("J41: of a flood of unknown kids only some reach the key server, and known keys go on", async () => {
  await using server = new KeyServer();
  server.has("real", key.pem);
  await using s = setup({ client: { asapKeyServer: server.url } });
  const real = (serial: number) => key.sign(visitorClaims(s.now, { jti: serial }), { kid: "real" });
  assert.equal(await verdict(s.auth, await real(0)), "accepted");

  const flood = Array.from({ length: 5_000 }, (_, i) => verdict(s.auth, unsigned(s, `kid${i}`)));
  assert.equal(await verdict(s.auth, await real(1)), "accepted");
  await s.clock.advance(2_000);
  const counts = tally(await Promise.all(flood));
  assert.ok(server.requests.length <= UNKNOWN_KEYS_BURST + 2 * UNKNOWN_KEYS_PER_SECOND + 2);
  assert.equal(counts["unknown_key"], server.requests.length - 1);
  assert.equal(counts["busy"], 5_000 - counts["unknown_key"]!);

  // A key that is real but new gets its turn as soon as the flood lets up.
  server.has("new", key.pem);
  await s.clock.advance(1_000);
  assert.equal(
    await verdict(s.auth, await key.sign(visitorClaims(s.now), { kid: "new" })),
    "accepted",
  );
});

Deno.test("J41: one kid that many tokens name is asked for once", async () => {
  await using server = new KeyServer();
  await using s = setup({ client: { asapKeyServer: server.url } });
  const flood = Array.from({ length: 200 }, (_, i) => verdict(s.auth, unsigned(s, "k", i)));
  assert.deepEqual(tally(await Promise.all(flood)), { unknown_key: 200 });
  assert.equal(server.asked("k"), 1);
});

Deno.test("J41: an absent kid is asked for again after 10 s, a failed one after 3 s", async () => {
  await using server = new KeyServer();
  server.has("failed", status(500));
  await using s = setup({ client: { asapKeyServer: server.url } });
  const ask = (kid: string, serial: number) => verdict(s.auth, unsigned(s, kid, serial));

  assert.equal(await ask("absent", 0), "unknown_key");
  assert.equal(await ask("failed", 0), "key_unavailable");
  await s.clock.advance(2_999);
  assert.equal(await ask("failed", 1), "key_unavailable");
  assert.equal(server.asked("failed"), 1);
  await s.clock.advance(2);
  assert.equal(await ask("failed", 2), "key_unavailable");
  assert.equal(server.asked("failed"), 2);

  await s.clock.advance(6_000);
  assert.equal(await ask("absent", 1), "unknown_key");
  assert.equal(server.asked("absent"), 1);
  await s.clock.advance(1_000);
  server.has("absent", key.pem);
  const token = await key.sign(visitorClaims(s.now), { kid: "absent" });
  assert.equal(await verdict(s.auth, token), "accepted");
});

Deno.test("J42: a flood of absent kids pushes out no known key", async () => {
  await using server = new KeyServer();
  server.has("real", key.pem);
  await using s = setup({ client: { asapKeyServer: server.url } });
  const token = await key.sign(visitorClaims(s.now), { kid: "real" });
  assert.equal(await verdict(s.auth, token), "accepted");
  for (let second = 0; second < 3; second++) {
    const flood = Array.from(
      { length: 100 },
      (_, i) => verdict(s.auth, unsigned(s, `kid${second}-${i}`)),
    );
    await s.clock.advance(2_000);
    await Promise.all(flood);
  }
  assert.equal(
    await verdict(s.auth, await key.sign(visitorClaims(s.now), { kid: "real" })),
    "accepted",
  );
  assert.equal(server.asked("real"), 1);
});

Deno.test("J43: of more tokens than can be verified at once the rest are told so at once", async () => {
  await using server = new KeyServer();
  server.on("/jwks", never);
  const s = setup({ client: { jwksUrl: `${server.url}/jwks` } });
  const pending = Array.from({ length: 10_000 }, (_, i) => verdict(s.auth, unsigned(s, "k", i)));
  assert.throws(() => s.auth.authenticate(`Bearer ${unsigned(s, "k", -1)}`), { code: "busy" });
  // Who brings a token that is being verified just waits along.
  const same = verdict(s.auth, unsigned(s, "k", 5));
  await s[Symbol.asyncDispose]();
  assert.deepEqual(tally(await Promise.all(pending)), { key_unavailable: 10_000 });
  assert.equal(await same, "key_unavailable");
  assert.equal(server.requests.length <= 1, true);
});

Deno.test("J43: large tokens are bounded by their size together", async () => {
  await using server = new KeyServer();
  server.on("/jwks", never);
  const s = setup({ client: { jwksUrl: `${server.url}/jwks` } });
  const claims = visitorClaims(s.now, { padding: "x".repeat(11_000) });
  const large = `${part({ alg: "EdDSA", kid: "k" })}.${part(claims)}`;
  const fit = Math.floor((32 * 1024 * 1024) / (large.length + 5));
  const token = (i: number) => `${large}.${String(i).padStart(4, "A")}`;
  const pending = Array.from({ length: fit }, (_, i) => verdict(s.auth, token(i)));
  assert.throws(() => s.auth.authenticate(`Bearer ${token(fit)}`), { code: "busy" });
  await s[Symbol.asyncDispose]();
  assert.deepEqual(tally(await Promise.all(pending)), { key_unavailable: fit });
});
