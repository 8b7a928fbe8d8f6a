import assert from "node:assert/strict";
import { KeyServer } from "./key_server.ts";
import {
  hs256,
  refusal,
  SECRET,
  setup,
  signer,
  SYSTEM_SECRET,
  systemClaims,
  verdict,
  visitorClaims,
} from "./support.ts";

Deno.test("J04: a customer's key signs no system token, whatever its claims", async () => {
  await using customers = new KeyServer();
  await using backends = new KeyServer();
  const customer = signer();
  customers.has("vpaas-x/k", customer.pem);
  await using s = setup({
    client: { asapKeyServer: customers.url },
    system: { asapKeyServer: backends.url },
  });
  const header = { kid: "vpaas-x/k" };
  assert.equal(
    await verdict(s.auth, await customer.sign(systemClaims(s.now), header)),
    "unknown_key",
  );
  assert.equal(customers.requests.length, 0, "the customers' keys are not even looked at");
  const claims = systemClaims(s.now, { room: "*", sub: "vpaas-x" });
  const principal = await s.auth.authenticate(`Bearer ${await customer.sign(claims, header)}`);
  assert.equal(principal.kind, "client");
});

Deno.test("J04: the client secret signs no system token", async () => {
  await using s = setup();
  assert.equal(await verdict(s.auth, hs256(systemClaims(s.now), { secret: SECRET })), "signature");
});

Deno.test("J05: the key of one tenant signs no token for another, or for all", async () => {
  await using server = new KeyServer();
  const key = signer();
  server.has("tenantA/k", key.pem);
  await using s = setup({ client: { asapKeyServer: server.url } });
  const sign = (sub: string, iss = "chat") =>
    key.sign(visitorClaims(s.now, { sub, iss }), { kid: "tenantA/k" });
  for (const sub of ["tenantB", "*", "tenant", "tenantA/k", "ｔenantA"]) {
    assert.equal(await verdict(s.auth, await sign(sub)), "claims", sub);
    assert.equal(await verdict(s.auth, await sign(sub, "tenantA")), "claims", "iss is no excuse");
  }
  assert.equal(server.requests.length, 0, "the key is not even fetched");
  assert.equal(await verdict(s.auth, await sign("tenantA")), "accepted");
  assert.equal(await verdict(s.auth, await sign("TENANTa")), "accepted");
});

Deno.test("J05: an issuer that is accepted by name and owns the key's prefix speaks for any tenant", async () => {
  await using server = new KeyServer();
  const key = signer();
  server.has("acme/k", key.pem);
  const clientRules = { issuers: ["acme", "chat"], audiences: ["*"] };
  await using s = setup({ client: { asapKeyServer: server.url }, clientRules });
  const sign = (iss: string) =>
    key.sign(visitorClaims(s.now, { iss, sub: "*" }), { kid: "acme/k" });
  assert.equal(await verdict(s.auth, await sign("acme")), "accepted");
  assert.equal(await verdict(s.auth, await sign("chat")), "claims");
});

Deno.test("J05: a key without prefix, of a set or of the service's own is bound to no tenant", async () => {
  await using server = new KeyServer();
  const key = signer();
  server.has("k", key.pem);
  await using s = setup({ client: { asapKeyServer: server.url, publicKey: key.pem } });
  const claims = visitorClaims(s.now, { sub: "any" });
  assert.equal(await verdict(s.auth, await key.sign(claims, { kid: "k" })), "accepted");
  assert.equal(await verdict(s.auth, await key.sign(claims, { kid: "tenantA/k" })), "accepted");
});

Deno.test("J05: a system key is not bound to a tenant", async () => {
  await using server = new KeyServer();
  const key = signer();
  server.has("jitsi/prosody", key.pem);
  await using s = setup({ system: { asapKeyServer: server.url } });
  const token = await key.sign(systemClaims(s.now, { sub: "tenanta" }), { kid: "jitsi/prosody" });
  assert.equal(await verdict(s.auth, token), "accepted");
});

Deno.test("J06: a system key signs no token of a user", async () => {
  await using s = setup();
  const sign = (claims: Readonly<Record<string, unknown>>) =>
    verdict(s.auth, hs256(claims, { secret: SYSTEM_SECRET }));
  assert.equal(await sign(visitorClaims(s.now)), "signature");
  assert.equal(await sign(visitorClaims(s.now, { iss: "jitsi" })), "signature");
  assert.equal(await sign(visitorClaims(s.now, { iss: "chat", context: undefined })), "signature");
});

Deno.test("J06: a token that carries context.user is never a system token", async () => {
  await using s = setup();
  for (const user of [{}, null, { moderator: true }, "x", false]) {
    const claims = systemClaims(s.now, { context: { user } });
    assert.notEqual(await verdict(s.auth, hs256(claims, { secret: SYSTEM_SECRET })), "accepted");
  }
  const claims = systemClaims(s.now, { context: { group: "x" } });
  assert.equal(await verdict(s.auth, hs256(claims, { secret: SYSTEM_SECRET })), "accepted");
});

Deno.test("a client token without a user is a participant's", async () => {
  await using s = setup();
  const token = hs256(visitorClaims(s.now, { context: undefined }));
  const principal = await s.auth.authenticate(`Bearer ${token}`);
  assert.equal(principal.kind === "client" && principal.role, "participant");
});

Deno.test("J30: the short token of a SIP gateway (no nbf, no typ) is a system token", async () => {
  await using server = new KeyServer();
  const key = signer("p256");
  server.has("jigasi", key.pem);
  await using s = setup({ system: { asapKeyServer: server.url } });
  const claims = { iat: s.now, aud: "jitsi", iss: "jitsi", exp: s.now + 300 };
  const token = await key.sign(claims, { kid: "jigasi", typ: undefined });
  assert.equal((await s.auth.authenticate(`Bearer ${token}`)).kind, "system");
});

Deno.test("a group without keys accepts nothing and says so", async () => {
  await using s = setup({ client: {}, system: {} });
  const error = await refusal(s.auth, hs256(visitorClaims(s.now)));
  assert.equal(error?.code, "unknown_key");
  assert.match(error.message, /no key for client tokens is set/);
});

Deno.test("of a token that neither group takes both reasons are told", async () => {
  await using s = setup();
  const error = await refusal(s.auth, hs256({ iss: "x", aud: "y" }));
  assert.match(error?.message ?? "", /as a system token: .*; as a client token: /);
});
