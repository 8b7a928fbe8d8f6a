import assert from "node:assert/strict";
import { explain, type Explanation } from "../../src/auth/explain.ts";
import { KeyServer } from "./key_server.ts";
import { hs256, setup, signer, SYSTEM_SECRET, systemClaims, visitorClaims } from "./support.ts";

/** The steps that say no. */
function wrong({ steps }: Explanation): string[] {
  return steps.filter(({ ok }) => !ok).map(({ step }) => step);
}

function text({ steps }: Explanation, step: string): string {
  return steps.filter((one) => one.step === step).map((one) => one.text).join("; ");
}

Deno.test("a good token is followed to its principal", async () => {
  await using s = setup();
  const result = await explain(s.options, hs256(visitorClaims(s.now)));
  assert.deepEqual(wrong(result), []);
  assert.equal(result.principal?.kind, "client");
  assert.match(text(result, "header"), /HS256/);
  assert.match(text(result, "kind"), /client token only/);
  assert.match(text(result, "client: exp"), /exp is in 3600 s/);
  assert.match(text(result, "client: context"), /role is "visitor".*: a visitor/);
  assert.match(text(result, "client: signature"), /the shared secret/);
});

Deno.test("a system token is followed through both groups, with or without Bearer", async () => {
  await using s = setup();
  const token = hs256(systemClaims(s.now), { secret: SYSTEM_SECRET });
  for (const written of [token, `Bearer ${token}`, `bearer  ${token}`]) {
    const result = await explain(s.options, written);
    assert.deepEqual(wrong(result), ["client: room", "client: sub"]);
    assert.equal(result.principal?.kind, "system");
  }
});

Deno.test("each claim that is wrong is told with what it is and what it should be", async () => {
  await using s = setup({ clientRules: { issuers: ["chat"], audiences: ["jitsi"] } });
  const claims = visitorClaims(s.now, { iss: "x", aud: "y", exp: s.now - 100, room: 5 });
  const result = await explain(s.options, hs256(claims));
  assert.deepEqual(wrong(result), [
    "client: exp",
    "client: iss",
    "client: aud",
    "client: room",
    "verdict",
  ]);
  assert.match(text(result, "client: exp"), /exp was 100 s ago; the leeway is 30 s/);
  assert.match(text(result, "client: iss"), /iss is "x"; accepted: chat/);
  assert.match(text(result, "client: key"), /not looked for/);
  assert.match(text(result, "verdict"), /^expired: /);
});

Deno.test("each key source that was tried is told, with why it did not do", async () => {
  await using server = new KeyServer();
  const key = signer();
  await using s = setup({ client: { publicKey: signer().pem, asapKeyServer: server.url } });
  const token = await key.sign(visitorClaims(s.now, { sub: "a" }), { kid: "a/k" });
  const result = await explain(s.options, token);
  assert.deepEqual(wrong(result), ["client: signature", "client: key", "verdict"]);
  assert.match(text(result, "client: key"), new RegExp(`there is no key at ${server.url}`));
  const foreign = await key.sign(visitorClaims(s.now, { sub: "b" }), { kid: "a/k" });
  assert.match(
    text(await explain(s.options, foreign), "client: tenant of the key"),
    /"a" \(its kid\)/,
  );
});

Deno.test("an algorithm that no source takes is told", async () => {
  await using s = setup();
  const token = hs256(visitorClaims(s.now), { header: { alg: "HS512" } });
  assert.match(text(await explain(s.options, token), "client: alg"), /"HS512".*take HS256/);
});

Deno.test("what is no token is told, and a pattern in context.room is pointed out", async () => {
  await using s = setup();
  assert.deepEqual(wrong(await explain(s.options, "not a token")), ["token", "verdict"]);
  const context = { user: { role: "visitor" }, room: { regex: true } };
  const result = await explain(s.options, hs256(visitorClaims(s.now, { context })));
  assert.match(text(result, "context.room.regex"), /taken literally/);
});

Deno.test("no step shows the signature", async () => {
  await using s = setup();
  for (const secret of [undefined, "wrong"]) {
    const token = hs256(visitorClaims(s.now), secret === undefined ? {} : { secret });
    const { steps } = await explain(s.options, token);
    assert.ok(!JSON.stringify(steps).includes(token.split(".")[2]!));
  }
});
