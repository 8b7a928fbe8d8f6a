import assert from "node:assert/strict";
import { KeyServer } from "./key_server.ts";
import { hs256, refusal, setup, signer, verdict, visitorClaims } from "./support.ts";

const rsa = signer("rsa2048");

Deno.test("J02: a public key is no secret", async () => {
  await using s = setup({ client: { publicKey: rsa.pem } });
  for (const secret of [rsa.pem, rsa.pem.trim(), rsa.pem.replaceAll("\n", "")]) {
    assert.equal(await verdict(s.auth, hs256(visitorClaims(s.now), { secret })), "algorithm");
  }
  assert.equal(await verdict(s.auth, await rsa.sign(visitorClaims(s.now))), "accepted");
});

Deno.test("J02: a public key is no secret where a secret is set too", async () => {
  await using s = setup({
    client: { publicKey: rsa.pem, secret: "another-secret-of-32-octets-0000" },
  });
  assert.equal(
    await verdict(s.auth, hs256(visitorClaims(s.now), { secret: rsa.pem })),
    "signature",
  );
});

Deno.test("J03: an RSA key verifies RS256 alone", async () => {
  await using s = setup({ client: { publicKey: rsa.pem } });
  for (const alg of ["RS384", "RS512", "PS256", "PS512"]) {
    assert.equal(
      await verdict(s.auth, await rsa.sign(visitorClaims(s.now), { alg })),
      "algorithm",
      alg,
    );
  }
});

Deno.test("an RSA key of any length that is said to be taken verifies", async () => {
  const longest = signer("rsa4096");
  await using s = setup({ client: { publicKey: longest.pem } });
  assert.equal(await verdict(s.auth, await longest.sign(visitorClaims(s.now))), "accepted");
  assert.throws(() => setup({ client: { publicKey: signer("rsa4160").pem } }), {
    message: /RSA key may have 2048 to 4096 bits/,
  });
});

Deno.test("J03: a secret verifies HS256 alone", async () => {
  await using s = setup();
  for (const alg of ["HS384", "HS512", "hs256", "HS256 "]) {
    const token = hs256(visitorClaims(s.now), { header: { alg } });
    assert.equal(await verdict(s.auth, token), "algorithm", alg);
  }
});

Deno.test("J03: a key of another kind than the algorithm of the token is not used", async () => {
  const ec = signer("p256");
  await using s = setup({ client: { publicKey: ec.pem } });
  assert.equal(await verdict(s.auth, await ec.sign(visitorClaims(s.now))), "accepted");
  const error = await refusal(s.auth, await rsa.sign(visitorClaims(s.now)));
  assert.equal(error?.code, "algorithm");
  assert.match(error.message, /ES256 alone/);
});

Deno.test("J03: keys of each kind verify the algorithm of their kind, at one key server", async () => {
  await using server = new KeyServer();
  await using s = setup({ client: { asapKeyServer: server.url } });
  for (const [kid, key] of [["r", rsa], ["e", signer("p256")], ["d", signer("ed25519")]] as const) {
    server.has(kid, key.pem);
    assert.equal(
      await verdict(s.auth, await key.sign(visitorClaims(s.now), { kid })),
      "accepted",
      kid,
    );
  }
  const token = await rsa.sign(visitorClaims(s.now), { kid: "d" });
  assert.equal(await verdict(s.auth, token), "algorithm");
});

Deno.test("J08: a token that brings or points at a key is judged by the configured keys alone", async () => {
  await using evil = new KeyServer();
  await using server = new KeyServer();
  const attacker = signer();
  evil.on("/jwks", JSON.stringify({ keys: [{ ...attacker.jwk, kid: "k" }] }));
  server.has("k", signer().pem);
  await using s = setup({ client: { asapKeyServer: server.url } });
  const pointers = {
    jku: `${evil.url}/jwks`,
    x5u: `${evil.url}/cert`,
    jwk: attacker.jwk,
    x5c: [Buffer.from(attacker.pem).toString("base64")],
  };
  const signed = (header: Readonly<Record<string, unknown>>) =>
    attacker.sign(visitorClaims(s.now), header);
  assert.equal(await verdict(s.auth, await signed({ kid: "k", ...pointers })), "signature");
  assert.equal(await verdict(s.auth, await signed(pointers)), "malformed");
  for (const kid of [`${evil.url}/`, "//evil.example/k", "http:/evil"]) {
    assert.notEqual(await verdict(s.auth, await signed({ kid })), "accepted", kid);
  }
  assert.deepEqual(evil.requests, []);
});
