import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { Authenticator } from "../../src/auth/authenticator.ts";
import type { Principal } from "../../src/auth/principal.ts";
import { decodeToken } from "../../src/auth/token.ts";
import { authParts } from "../../src/auth/auth_parts.ts";
import { token } from "../../src/commands/token.ts";
import type { Env } from "../../src/config/config.ts";
import { type KeyKind, signer } from "../auth/support.ts";
import { KEYS, load, type Ran, run, signatureOf, withoutSignature } from "./support.ts";

/** A private key for another purpose than to sign. */
function x25519(): string {
  const { privateKey } = generateKeyPairSync("x25519");
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** The token alone, which is all of stdout. */
function minted({ code, out, err }: Ran): string {
  assert.equal(code, 0, err);
  assert.match(out, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const text = out.trimEnd();
  assert.ok(!err.includes(signatureOf(text)) && !err.includes(withoutSignature(text)), err);
  return text;
}

async function principalOf(text: string, env: Env = KEYS): Promise<Principal> {
  using parts = authParts(load(env).settings);
  return await new Authenticator(parts).authenticate(`Bearer ${text}`);
}

Deno.test("each kind of token is accepted by a service with the same settings", async () => {
  const visitor = await principalOf(minted(await run(token, ["visitor", "--room", "r"])));
  assert.ok(visitor.kind === "client");
  assert.deepEqual([visitor.role, visitor.room, visitor.tenant], ["visitor", "r", "*"]);
  const moderator = await principalOf(minted(await run(token, ["moderator", "--tenant=t"])));
  assert.ok(moderator.kind === "client");
  assert.deepEqual([moderator.role, moderator.room, moderator.tenant], ["moderator", "*", "t"]);
  const system = await principalOf(minted(await run(token, ["system"])));
  assert.ok(system.kind === "system");
  assert.deepEqual([system.room, system.tenant], [undefined, undefined]);
});

Deno.test("without a kind it is a visitor's, the least powerful", async () => {
  const principal = await principalOf(minted(await run(token, ["--room", "x"])));
  assert.equal(principal.kind === "client" && principal.role, "visitor");
});

Deno.test("issuer and audience are the first accepted ones that are not a star", async () => {
  const env = {
    ...KEYS,
    JWT_ACCEPTED_ISSUERS: "*,chat",
    JWT_ACCEPTED_AUDIENCES: "first,second",
    SYSTEM_JWT_ACCEPTED_ISSUERS: "backend",
  };
  const client = decodeToken(minted(await run(token, [], { env }))).payload;
  assert.deepEqual([client["iss"], client["aud"]], ["chat", "first"]);
  const system = decodeToken(minted(await run(token, ["system"], { env }))).payload;
  assert.deepEqual([system["iss"], system["aud"]], ["backend", "jitsi"]);
  const args = ["--issuer", "i", "--audience", "a"];
  const given = decodeToken(minted(await run(token, args))).payload;
  assert.deepEqual([given["iss"], given["aud"]], ["i", "a"]);
  const any = decodeToken(minted(await run(token, []))).payload;
  assert.deepEqual([any["iss"], any["aud"]], ["jitsi", "jitsi"]);
});

Deno.test("it lives for an hour, or for what is asked, and carries the name", async () => {
  const life = async (...args: string[]) => {
    const { exp, iat, context } = decodeToken(minted(await run(token, args))).payload;
    return [Number(exp) - Number(iat), context];
  };
  assert.deepEqual(await life(), [3_600, { user: { role: "visitor" } }]);
  assert.deepEqual(await life("moderator", "--ttl", "7d", "--name", "Ann"), [
    604_800,
    { user: { name: "Ann", moderator: true } },
  ]);
});

Deno.test("a private key of each kind signs what its public key accepts", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const kind of ["ed25519", "p256", "rsa2048"] satisfies KeyKind[]) {
      const { pem, privatePem } = signer(kind);
      const path = `${folder}/${kind}.pem`;
      await Deno.writeTextFile(path, privatePem);
      const env = { ...KEYS, SYSTEM_JWT_SECRET: "", SYSTEM_JWT_PUBLIC_KEY: pem };
      const ran = await run(token, ["system", "--key", path, "--kid", "the/key"], { env });
      const text = minted(ran);
      assert.equal(decodeToken(text).header.kid, "the/key");
      assert.equal((await principalOf(text, env)).kind, "system");
      assert.ok(!ran.err.includes("Note") && ran.err.includes(path), ran.err);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("J05: under the key of a tenant a client's token is for that tenant, unless said otherwise", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, signer().privatePem);
    const subOf = async (...args: string[]) => {
      const ran = await run(token, [...args, "--key", path, "--kid", "tenanta/k"]);
      return decodeToken(minted(ran)).payload["sub"];
    };
    assert.equal(await subOf("visitor"), "tenanta");
    assert.equal(await subOf("visitor", "--tenant", "b"), "b");
    assert.equal(await subOf("system"), undefined);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a key that cannot sign is wrong usage, and nothing of it is shown", async () => {
  const folder = await Deno.makeTempDir();
  const encrypted =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
  const garbage = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----";
  const keys: readonly (readonly [text: string, reason: RegExp])[] = [
    [signer().pem, /it is a public key/],
    [signer("p384").privatePem, /its curve is not P-256/],
    [signer("rsa1024").privatePem, /RSA key of 1024 bits/],
    [x25519(), /of the kind x25519/],
    [encrypted, /encrypted/],
    [garbage, /cannot be decoded/],
    ["hello", /no PEM/],
  ];
  try {
    for (const [text, reason] of keys) {
      const path = `${folder}/key.pem`;
      await Deno.writeTextFile(path, text);
      const { code, out, err } = await run(token, ["--key", path]);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, reason);
      assert.ok(!err.includes(text.split("\n")[1] ?? text), err);
    }
    const { code, err } = await run(token, ["--key", `${folder}/none.pem`]);
    assert.equal(code, 2);
    assert.match(err, /no such file/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("without a secret it says what to do: in demo mode, with public keys, with half the keys", async () => {
  const cases: readonly (readonly [env: Env, args: string[], reason: RegExp])[] = [
    [{}, [], /no key is set.*demo mode.*:8060\/demo.*set JWT_APP_SECRET/],
    [{ PORT: "9" }, ["system"], /127\.0\.0\.1:9\/demo.*set SYSTEM_JWT_SECRET/],
    [{ JWT_JWKS_URL: "https://keys.example" }, [], /private key.*--key PATH.*--kid/],
    [{ JWT_APP_SECRET: KEYS.JWT_APP_SECRET }, ["system"], /SYSTEM_JWT_SECRET is not set/],
  ];
  for (const [env, args, reason] of cases) {
    const { code, out, err } = await run(token, args, { env });
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, reason);
    assert.doesNotMatch(err, /Usage/);
  }
});

Deno.test("settings that cannot be used are listed, every one", async () => {
  const env = { ...KEYS, PORT: "x", WORKERS: "0" };
  const { code, err } = await run(token, [], { env });
  assert.equal(code, 2);
  assert.match(err, /PORT: .*\n.*WORKERS: /);
});

Deno.test("wrong arguments are wrong usage", async () => {
  const wrong: [...string[]][] = [
    ["guest"],
    ["visitor", "moderator"],
    ["--ttl", "soon"],
    ["--kid", "k"],
    ["system", "--name", "Ann"],
    ["--room", "room@conference.meet.example"],
    ["--room", "r".repeat(1_024)],
    ["--tenant", "t".repeat(1_024)],
    ["--room="],
  ];
  for (const args of wrong) {
    const { code, out, err } = await run(token, args);
    assert.deepEqual([code, out], [2, ""], args.join(" "));
    assert.match(err, /\nUsage: deno task token /);
  }
});

Deno.test("a token that the service would refuse comes with a note that says why", async () => {
  const env = { ...KEYS, JWT_ACCEPTED_ISSUERS: "chat" };
  const ran = await run(token, ["--issuer", "other"], { env });
  minted(ran);
  assert.match(ran.err, /Note: .*refuses it: iss is "other"; accepted: chat/);
  assert.doesNotMatch((await run(token, [], { env })).err, /Note/);
});

Deno.test("J26: a room beyond ASCII comes with the form that browsers write", async () => {
  const ran = await run(token, ["--room", "Café"]);
  minted(ran);
  assert.match(ran.err, /--room caf%c3%a9$/m);
});

Deno.test("what a token says of itself and of events is in it, and in what is said of it", async () => {
  const args = ["--user", "u1", "--jti", "j1", "--acl", "websocketd, a.#,!a.b", "--session", "s1"];
  const ran = await run(token, ["moderator", ...args, "--admin", "--purpose", "internal"]);
  const principal = await principalOf(minted(ran));
  assert.ok(principal.kind === "client");
  assert.deepEqual([principal.user?.id, principal.tokenId, principal.session], ["u1", "j1", "s1"]);
  assert.deepEqual([principal.acl, principal.privileged], [["websocketd", "a.#", "!a.b"], true]);
  assert.match(ran.err, /acl +websocketd, a\.#, !a\.b/);
  const system = await principalOf(minted(await run(token, ["system", "--acl=websocketd"])));
  assert.deepEqual(system.kind === "system" && system.acl, ["websocketd"]);
  assert.equal((await run(token, ["system", "--user", "u1"])).code, 2);
});
