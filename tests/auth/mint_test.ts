import assert from "node:assert/strict";
import { Authenticator } from "../../src/auth/authenticator.ts";
import { keySourcesFrom } from "../../src/auth/key_settings.ts";
import { mintToken, type TokenSpec } from "../../src/auth/mint.ts";
import type { Principal } from "../../src/auth/principal.ts";
import { decodeToken } from "../../src/auth/token.ts";
import { type KeyKind, SECRET, signer, SYSTEM_SECRET } from "./support.ts";

const VISITOR: TokenSpec = {
  kind: "visitor",
  room: "room",
  tenant: "tenanta",
  ttlSec: 60,
  issuer: "jitsi",
  audience: "jitsi",
};

async function accepted(token: string, publicKey?: string): Promise<Principal> {
  const rules = { issuers: ["jitsi"], audiences: ["jitsi"] };
  await using auth = new Authenticator({
    client: {
      ...rules,
      keySources: keySourcesFrom(publicKey ? { publicKey } : { secret: SECRET }),
    },
    system: { ...rules, keySources: keySourcesFrom({ secret: SYSTEM_SECRET }) },
    allowEmpty: false,
  });
  return await auth.authenticate(`Bearer ${token}`);
}

Deno.test("a minted visitor, moderator and system token is accepted as what it is", async () => {
  const visitor = await accepted(await mintToken({ ...VISITOR, name: "Ann" }, SECRET));
  assert.ok(visitor.kind === "client");
  assert.deepEqual([visitor.role, visitor.room, visitor.tenant], ["visitor", "room", "tenanta"]);
  const moderator = await accepted(await mintToken({ ...VISITOR, kind: "moderator" }, SECRET));
  assert.equal(moderator.kind === "client" && moderator.role, "moderator");
  const { room: _room, tenant: _tenant, ...any } = VISITOR;
  const system = await accepted(await mintToken({ ...any, kind: "system" }, SYSTEM_SECRET));
  assert.ok(system.kind === "system");
  assert.deepEqual([system.room, system.tenant], [undefined, undefined]);
  const limited = await accepted(await mintToken({ ...VISITOR, kind: "system" }, SYSTEM_SECRET));
  assert.ok(limited.kind === "system");
  assert.deepEqual([limited.room, limited.tenant], ["room", "tenanta"]);
});

Deno.test("without room and tenant a visitor's token is for any, and it carries a name", async () => {
  const { room: _room, tenant: _tenant, ...any } = VISITOR;
  const token = await mintToken({ ...any, name: "Ann" }, SECRET);
  const principal = await accepted(token);
  assert.ok(principal.kind === "client");
  assert.deepEqual([principal.room, principal.tenant], ["*", "*"]);
  assert.deepEqual(decodeToken(token).payload["context"], {
    user: { name: "Ann", role: "visitor" },
  });
});

Deno.test("a private key of each kind signs, under its key id", async () => {
  const kinds: KeyKind[] = ["rsa2048", "p256", "ed25519"];
  for (const kind of kinds) {
    const key = signer(kind);
    const token = await mintToken(VISITOR, { pem: key.privatePem, kid: "the/key" });
    assert.equal(decodeToken(token).header.kid, "the/key");
    assert.equal((await accepted(token, key.pem)).kind, "client");
  }
  const token = await mintToken(VISITOR, { pem: signer().privatePem });
  assert.equal(decodeToken(token).header.kid, undefined);
});
