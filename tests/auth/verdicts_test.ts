import assert from "node:assert/strict";
import { MAX_VERDICTS, VerdictCache } from "../../src/auth/verdict_cache.ts";
import type { VerificationKey } from "../../src/auth/verification_key.ts";
import { hs256, setup, signer, verdict, visitorClaims } from "./support.ts";

Deno.test("a token that was verified is known at once, without a promise", async () => {
  await using s = setup();
  const token = `Bearer ${hs256(visitorClaims(s.now))}`;
  const first = s.auth.authenticate(token);
  assert.ok(first instanceof Promise);
  const principal = await first;
  assert.equal(s.auth.authenticate(token), principal);
  assert.equal(s.auth.authenticate(token.replace("Bearer", "bearer ")), principal);
});

Deno.test("a token that differs by one character is another token", async () => {
  await using s = setup();
  const token = hs256(visitorClaims(s.now));
  assert.equal(await verdict(s.auth, token), "accepted");
  const at = token.length - 10;
  const other = token[at] === "A" ? "B" : "A";
  assert.equal(
    await verdict(s.auth, token.slice(0, at) + other + token.slice(at + 1)),
    "signature",
  );
});

Deno.test("who brings the same token at the same time waits for one verdict", async () => {
  await using s = setup();
  const token = `Bearer ${hs256(visitorClaims(s.now))}`;
  const first = s.auth.authenticate(token);
  assert.equal(s.auth.authenticate(token), first);
  await first;
});

Deno.test("J37: a verified token ends with its exp and leeway: who comes back later is refused", async () => {
  await using s = setup();
  const token = hs256(visitorClaims(s.now, { exp: s.now + 60 }));
  const principal = await s.auth.authenticate(`Bearer ${token}`);
  assert.equal(principal.kind === "client" && principal.expiresAt, s.now + 60);
  await s.clock.advance(89_999);
  assert.equal(await verdict(s.auth, token), "accepted");
  await s.clock.advance(1);
  assert.equal(await verdict(s.auth, token), "expired");
});

Deno.test("a jump of the wall clock by two hours refuses tokens only while it lasts", async () => {
  await using s = setup();
  const token = hs256(visitorClaims(s.now));
  assert.equal(await verdict(s.auth, token), "accepted");
  s.clock.jumpWall(2 * 3_600_000);
  assert.equal(await verdict(s.auth, token), "expired");
  s.clock.jumpWall(-2 * 3_600_000);
  assert.equal(await verdict(s.auth, token), "accepted");
});

Deno.test("a bad token is judged anew each time", async () => {
  await using s = setup();
  const token = hs256(visitorClaims(s.now), { secret: "wrong" });
  assert.equal(await verdict(s.auth, token), "signature");
  assert.equal(await verdict(s.auth, token), "signature");
});

Deno.test("J43: bad signatures are checked off the event loop, which goes on turning", async () => {
  const rsa = signer("rsa2048");
  await using s = setup({ client: { publicKey: rsa.pem } });
  const [header, , signature] = (await rsa.sign({})).split(".");
  const flood = Array.from({ length: 60 }, (_, i) => {
    const payload = Buffer.from(JSON.stringify(visitorClaims(s.now, { jti: i })));
    return verdict(s.auth, `${header}.${payload.toString("base64url")}.${signature}`);
  });
  let turns = 0;
  let done = false;
  const turning = (async () => {
    for (; !done; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
  })();
  const verdicts = await Promise.all(flood);
  done = true;
  await turning;
  assert.ok(verdicts.every((one) => one === "signature"));
  assert.ok(turns >= 3, `the event loop turned ${turns} times`);
});

Deno.test("verdicts are remembered up to a bound, and the oldest go first", () => {
  const cache = new VerdictCache();
  const key: VerificationKey = {
    algorithm: "HS256",
    material: {} as CryptoKey,
    fingerprint: "f",
    stands: () => true,
  };
  const principal = { kind: "system", room: undefined, tenant: undefined, expiresAt: 10 } as const;
  const moment = { nowSec: 0, toleranceSec: 0 };
  for (let i = 0; i <= MAX_VERDICTS; i++) cache.set(`id${i}`, { principal, key });
  assert.equal(cache.standing("id0", moment), undefined);
  const young = `id${MAX_VERDICTS / 2}`;
  assert.equal(cache.standing(young, moment)?.principal, principal);
  assert.equal(cache.standing(young, { ...moment, nowSec: 10 }), undefined);
});
