import assert from "node:assert/strict";
import { KeyServer } from "./key_server.ts";
import { part, type Setup, setup, signer, systemClaims, verdict } from "./support.ts";

const key = signer();

/** A token as a backend's that names a key, signed by nobody: anyone can make it. */
function unsigned(s: Setup, kid: string): string {
  return `${part({ alg: "EdDSA", kid })}.${part(systemClaims(s.now, { jti: kid }))}.AAAA`;
}

function backendToken(s: Setup, kid: string): Promise<string> {
  return key.sign(systemClaims(s.now), { kid });
}

Deno.test("J41: a flood of invented kids over sockets takes nothing from a backend", async () => {
  await using server = new KeyServer();
  server.has("backend", key.pem);
  await using s = setup({ system: { asapKeyServer: server.url } });
  const flood = Array.from({ length: 12_000 }, (_, i) => verdict(s.auth, unsigned(s, `kid${i}`)));
  const token = await backendToken(s, "backend");
  const principal = await s.auth.authenticate(`Bearer ${token}`, "request");
  assert.equal(principal.kind, "system");
  await s.clock.advance(3_000);
  assert.ok((await Promise.all(flood)).includes("busy"), "sockets had to wait");
});

Deno.test("a kid that a stranger asked for before it was published is good for a backend at once", async () => {
  await using server = new KeyServer();
  server.on("/jwks", JSON.stringify({ keys: [] }));
  for (const system of [{ asapKeyServer: server.url }, { jwksUrl: `${server.url}/jwks` }]) {
    server.lacks("next");
    server.on("/jwks", JSON.stringify({ keys: [] }));
    await using s = setup({ system });
    assert.equal(await verdict(s.auth, unsigned(s, "next")), "unknown_key");
    server.has("next", key.pem);
    server.on("/jwks", JSON.stringify({ keys: [{ ...key.jwk, kid: "next" }] }));
    const token = await backendToken(s, "next");
    const principal = await s.auth.authenticate(`Bearer ${token}`, "request");
    assert.equal(principal.kind, "system", JSON.stringify(system));
  }
});

Deno.test("a backend's own kid that it used too early is refused for 10 s at most", async () => {
  await using server = new KeyServer();
  await using s = setup({ system: { asapKeyServer: server.url } });
  const token = `Bearer ${await backendToken(s, "early")}`;
  const code = async () => {
    try {
      return (await s.auth.authenticate(token, "request")).kind;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  assert.equal(await code(), "unknown_key");
  server.has("early", key.pem);
  await s.clock.advance(9_000);
  assert.equal(await code(), "unknown_key");
  await s.clock.advance(1_001);
  assert.equal(await code(), "system");
});
