import assert from "node:assert/strict";
import { FILE_CHECK_MS } from "../../src/auth/pem_key_source.ts";
import { type Setup, setup, type Signer, signer, verdict, visitorClaims } from "./support.ts";

let serial = 0;
async function judged(s: Setup, by: Signer): Promise<string> {
  return await verdict(s.auth, await by.sign(visitorClaims(s.now, { jti: serial++ })));
}

async function accepted(s: Setup, authorization: string): Promise<boolean> {
  return (await verdict(s.auth, authorization)) === "accepted";
}

async function withFile(test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".pem" });
  try {
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a public key is given as PEM, also with its line breaks written out", async () => {
  const key = signer();
  for (const publicKey of [key.pem, key.pem.replaceAll("\n", "\\n"), `\n ${key.pem}\n`]) {
    await using s = setup({ client: { publicKey } });
    assert.equal(await judged(s, key), "accepted");
    assert.equal(await judged(s, signer()), "signature");
  }
});

Deno.test("with one public key the kid of a token does not matter", async () => {
  const key = signer();
  await using s = setup({ client: { publicKey: key.pem } });
  const token = await key.sign(visitorClaims(s.now), { kid: "any/thing/../at all" });
  assert.equal(await verdict(s.auth, token), "accepted");
});

Deno.test("J40: a key file that changes is read again within seconds, and its old tokens end", async () => {
  await withFile(async (path) => {
    const [old, next] = [signer(), signer("p256")];
    await Deno.writeTextFile(path, old.pem);
    await using s = setup({ client: { publicKey: path } });
    const token = await old.sign(visitorClaims(s.now));
    assert.equal(await verdict(s.auth, token), "accepted");

    await Deno.writeTextFile(path, next.pem);
    assert.equal(await verdict(s.auth, token), "accepted");
    await s.clock.advance(FILE_CHECK_MS);
    assert.equal(await judged(s, next), "accepted");
    assert.equal(await verdict(s.auth, token), "algorithm");
  });
});

Deno.test("J40: a changed key file is noticed by verified tokens alone", async () => {
  await withFile(async (path) => {
    const [old, next] = [signer(), signer()];
    await Deno.writeTextFile(path, old.pem);
    await using s = setup({ client: { publicKey: path } });
    const token = `Bearer ${await old.sign(visitorClaims(s.now))}`;
    await s.auth.authenticate(token);
    await Deno.writeTextFile(path, next.pem);
    await s.clock.advance(FILE_CHECK_MS);
    assert.ok(!(s.auth.authenticate(token) instanceof Promise), "this use starts the look");
    while (await accepted(s, token)) await new Promise((resolve) => setTimeout(resolve, 0));
    await assert.rejects(async () => await s.auth.authenticate(token), { code: "signature" });
  });
});

Deno.test("J42: a key file that is removed, or half written, changes nothing", async () => {
  const path = await Deno.makeTempFile({ suffix: ".pem" });
  const key = signer();
  await Deno.writeTextFile(path, key.pem);
  await using s = setup({ client: { publicKey: path } });
  for (const text of ["", key.pem.slice(0, 40), key.privatePem, "x"]) {
    await Deno.writeTextFile(path, text);
    await s.clock.advance(FILE_CHECK_MS);
    assert.equal(await judged(s, key), "accepted");
  }
  await Deno.remove(path);
  await s.clock.advance(FILE_CHECK_MS);
  assert.equal(await judged(s, key), "accepted");
});
