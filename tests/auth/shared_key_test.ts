import assert from "node:assert/strict";
import { COOLDOWN_MS } from "../../src/auth/key_document.ts";
import { LogLines } from "../support/log_lines.ts";
import { KeyServer } from "./key_server.ts";
import { setup, signer, systemClaims, verdict, visitorClaims } from "./support.ts";

Deno.test("J04: a client key that a key server has among the system keys opens nothing, and is told", async () => {
  using log = new LogLines();
  await using server = new KeyServer();
  const key = signer();
  server.on("/jwks", JSON.stringify({ keys: [{ ...key.jwk, kid: "k" }] }));
  await using s = setup({
    client: { publicKey: key.pem },
    system: { jwksUrl: `${server.url}/jwks` },
  });
  for (let i = 0; i < 3; i++) {
    const token = await key.sign(systemClaims(s.now, { jti: `${i}` }), { kid: "k" });
    assert.equal(await verdict(s.auth, token), "shared_key");
  }
  assert.equal(await verdict(s.auth, await key.sign(visitorClaims(s.now))), "shared_key");
  assert.equal(log.lines.length, 1, log.said.join("\n"));
  assert.match(log.said[0]!, /^error: A key is a client key and a system key/);
});

Deno.test("J04: a key that has signed a client token by way of an ASAP server signs no system token", async () => {
  await using server = new KeyServer();
  const key = signer();
  server.has("a/k", key.pem);
  await using s = setup({ client: { asapKeyServer: server.url }, system: { publicKey: key.pem } });
  const client = await key.sign(visitorClaims(s.now, { sub: "a" }), { kid: "a/k" });
  assert.equal(await verdict(s.auth, client), "shared_key");
});

Deno.test("J04: who publishes the backend's public key as its own does not lock the backend out", async () => {
  await using server = new KeyServer();
  const backend = signer();
  server.has("evil/k", backend.pem);
  await using s = setup({
    client: { asapKeyServer: server.url },
    system: { publicKey: backend.pem },
  });
  const forged = await signer().sign(visitorClaims(s.now, { sub: "evil" }), { kid: "evil/k" });
  assert.equal(await verdict(s.auth, forged), "signature");
  assert.equal(server.asked("evil/k"), 1);
  assert.equal(await verdict(s.auth, await backend.sign(systemClaims(s.now))), "accepted");
});

Deno.test("J04: keys that are set apart work again", async () => {
  using _log = new LogLines();
  await using server = new KeyServer();
  const [shared, own] = [signer(), signer()];
  const publish = (key: typeof own) =>
    server.on("/jwks", JSON.stringify({ keys: [{ ...key.jwk, kid: "k" }] }));
  publish(shared);
  await using s = setup({
    client: { publicKey: shared.pem },
    system: { jwksUrl: `${server.url}/jwks` },
  });
  const sign = (key: typeof own, jti: string) =>
    key.sign(systemClaims(s.now, { jti }), { kid: "k" });
  assert.equal(await verdict(s.auth, await sign(shared, "1")), "shared_key");
  publish(own);
  await s.clock.advance(COOLDOWN_MS);
  assert.equal(await verdict(s.auth, await sign(own, "2")), "accepted");
  assert.equal(await verdict(s.auth, await shared.sign(visitorClaims(s.now))), "accepted");
});
