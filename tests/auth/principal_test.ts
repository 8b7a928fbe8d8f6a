import assert from "node:assert/strict";
import { DEFAULT_TOLERANCE_SEC, standsUntil } from "../../src/auth/claims.ts";
import type { ClientPrincipal } from "../../src/auth/principal.ts";
import { LogLines } from "../support/log_lines.ts";
import {
  hs256,
  refusal,
  type Setup,
  setup,
  SYSTEM_SECRET,
  systemClaims,
  visitorClaims,
} from "./support.ts";

async function principal(s: Setup, claims: Readonly<Record<string, unknown>>) {
  const token = hs256(visitorClaims(s.now, claims));
  return await s.auth.authenticate(`Bearer ${token}`) as ClientPrincipal;
}

const PERSON = {
  id: "user-7",
  name: "Ada Example",
  email: "ada@people.example",
  avatar: "https://people.example/ada.png",
};

Deno.test("a principal keeps who its token names, and where the token comes from", async () => {
  await using s = setup();
  const context = {
    user: { ...PERSON, role: "visitor", more: "is left out" },
    features: { recording: true, livestreaming: "true", "sip-call": false, file: "false" },
  };
  const found = await principal(s, { context, jti: "t-1", iat: s.now });
  assert.deepEqual(found, {
    kind: "client",
    role: "visitor",
    room: "room",
    tenant: "tenanta",
    expiresAt: s.now + 3_600,
    tokenId: "t-1",
    issuedAt: s.now,
    user: PERSON,
    features: ["livestreaming", "recording"],
  });
  const system = hs256(systemClaims(s.now, { jti: 5, iat: 1.5 }), { secret: SYSTEM_SECRET });
  const backend = await s.auth.authenticate(`Bearer ${system}`);
  assert.equal(backend.kind === "system" && backend.tokenId, "5");
  assert.equal(backend.kind === "system" && backend.issuedAt, 1.5);
});

Deno.test("what a token does not say, or says in another form, is absent", async () => {
  await using s = setup();
  const bare = { kind: "client", role: "visitor", room: "room", tenant: "tenanta" };
  const odd = { role: "visitor", id: "", name: 5, email: [], avatar: { url: "x" } };
  for (const context of [{ user: { role: "visitor" } }, { user: odd, features: ["recording"] }]) {
    const { expiresAt: _, ...rest } = await principal(s, { context, jti: {}, iat: "soon" });
    assert.deepEqual(rest, bare);
  }
});

Deno.test("what is too long is left out, and a name is cut between characters", async () => {
  await using s = setup();
  const long = "x".repeat(2_000);
  const name = "n".repeat(254) + "😀😀";
  const features = { [long]: true, ok: true };
  const user = { role: "visitor", id: long, email: long, avatar: long, name };
  const found = await principal(s, { context: { user, features }, jti: long });
  assert.deepEqual(found.user, { name: "n".repeat(254) + "😀" });
  assert.deepEqual(found.features, ["ok"]);
  assert.equal(found.tokenId, undefined);
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, true]));
  const most = await principal(s, { context: { user, features: many } });
  assert.equal(most.features?.length, 64);
});

Deno.test("tokens with the same features share one list, so that many of them take no more memory", async () => {
  await using s = setup();
  const features = { a: true, b: true };
  const [one, other] = await Promise.all(
    ["1", "2"].map((jti) => principal(s, { context: { features }, jti })),
  );
  assert.ok(one!.features === other!.features);
  assert.ok(Object.isFrozen(one!.features));
});

Deno.test("an accepted principal stands until its token expires, or, accepted after that, until the leeway ends", async () => {
  await using s = setup({ allowEmpty: true });
  const late = await principal(s, { exp: s.now - 29 });
  assert.equal(standsUntil(late, s.now), s.now - 29 + DEFAULT_TOLERANCE_SEC);
  assert.ok(standsUntil(late, s.now) > s.now, "it was accepted just now");
  assert.equal(standsUntil(late, s.now, 0), s.now - 29);
  const early = await principal(s, { exp: s.now + 60 });
  assert.equal(standsUntil(early, s.now), s.now + 60);
  assert.equal(standsUntil(await s.auth.authenticate(undefined), s.now), Infinity);
});

Deno.test("nothing of the person stands in a log line or in an error", async () => {
  using log = new LogLines();
  await using s = setup();
  const context = { user: { ...PERSON, role: "visitor" } };
  await principal(s, { context });
  const wrong = [{ room: 5 }, { exp: 1 }, { iss: "" }, { aud: 7 }, { sub: {} }, { nbf: "x" }];
  const messages: string[] = [];
  for (const claims of wrong) {
    const error = await refusal(s.auth, hs256(visitorClaims(s.now, { context, ...claims })));
    messages.push(error!.message);
  }
  const forged = hs256(visitorClaims(s.now, { context }), { secret: "x".repeat(32) });
  messages.push((await refusal(s.auth, forged))!.message);
  const told = JSON.stringify([log.lines, messages]);
  for (const value of Object.values(PERSON)) assert.ok(!told.includes(value), told);
});
