import assert from "node:assert/strict";
import {
  hs256,
  type Setup,
  setup,
  SYSTEM_SECRET,
  systemClaims,
  verdict,
  visitorClaims,
} from "./support.ts";

/** The verdict on a visitor's token with these claims; `undefined` leaves one out. */
function judged(s: Setup, claims: Readonly<Record<string, unknown>>): Promise<string> {
  return verdict(s.auth, hs256(visitorClaims(s.now, claims)));
}

async function roleOf(s: Setup, user: unknown): Promise<string> {
  const token = hs256(visitorClaims(s.now, { context: { user } }));
  const principal = await s.auth.authenticate(`Bearer ${token}`);
  return principal.kind === "client" ? principal.role : principal.kind;
}

Deno.test("J14: exp is required, a number, and may be past by less than the leeway", async () => {
  await using s = setup();
  assert.equal(await judged(s, { exp: s.now + 1 }), "accepted");
  assert.equal(await judged(s, { exp: s.now }), "accepted");
  assert.equal(await judged(s, { exp: s.now - 29 }), "accepted");
  assert.equal(await judged(s, { exp: s.now - 29.5 }), "accepted");
  assert.equal(await judged(s, { exp: s.now - 30 }), "expired");
  assert.equal(await judged(s, { exp: s.now - 3_600 }), "expired");
  assert.equal(await judged(s, { exp: 0 }), "expired");
  assert.equal(await judged(s, { exp: -1e20 }), "expired");
  assert.equal(await judged(s, { exp: undefined }), "claims");
  for (const exp of [String(s.now + 60), "", "never", null, true, [s.now + 60], {}]) {
    assert.equal(await judged(s, { exp }), "claims", JSON.stringify(exp));
  }
  const infinite = JSON.stringify(visitorClaims(s.now, { exp: 0 })).replace(
    '"exp":0',
    '"exp":1e999',
  );
  assert.equal(await verdict(s.auth, hs256(infinite)), "claims");
});

Deno.test("J15: nbf may be ahead by no more than the leeway", async () => {
  await using s = setup();
  assert.equal(await judged(s, { nbf: undefined }), "accepted");
  assert.equal(await judged(s, { nbf: s.now + 30 }), "accepted");
  assert.equal(await judged(s, { nbf: s.now + 31 }), "not_yet_valid");
  assert.equal(await judged(s, { nbf: s.now + 1e9 }), "not_yet_valid");
  for (const nbf of [String(s.now), null, [], {}]) {
    assert.equal(await judged(s, { nbf }), "claims", JSON.stringify(nbf));
  }
});

Deno.test("J16: iss is required, a string, and one that is accepted", async () => {
  await using s = setup({ clientRules: { issuers: ["chat", "other"], audiences: ["*"] } });
  assert.equal(await judged(s, { iss: "chat" }), "accepted");
  assert.equal(await judged(s, { iss: "other" }), "accepted");
  for (const iss of [undefined, null, "", "Chat", "chat ", "jitsi", "*", ["chat"], {}, 5]) {
    assert.equal(await judged(s, { iss }), "issuer", JSON.stringify(iss));
  }
  await using any = setup();
  assert.equal(await judged(any, { iss: "whoever" }), "accepted");
  for (const iss of [undefined, "", ["chat"]]) assert.equal(await judged(any, { iss }), "issuer");
});

Deno.test("J17: aud is required, and one of it is accepted, to the letter", async () => {
  await using s = setup({ clientRules: { issuers: ["*"], audiences: ["jitsi", "meet"] } });
  for (const aud of ["jitsi", "meet", ["jitsi", "x"], ["x", "meet"]]) {
    assert.equal(await judged(s, { aud }), "accepted", JSON.stringify(aud));
  }
  const refused = [undefined, null, "", "x", "JITSI", ["x"], [], ["JITSI"], [["jitsi"]], [
    "jitsi",
    5,
  ]];
  for (const aud of [...refused, ["jitsi", ""], { jitsi: 1 }, 5, "*", "jitsi,x"]) {
    assert.equal(await judged(s, { aud }), "audience", JSON.stringify(aud));
  }
  await using any = setup();
  assert.equal(await judged(any, { aud: "whatever" }), "accepted");
  for (const aud of [undefined, "", [], [["x"]]]) {
    assert.equal(await judged(any, { aud }), "audience");
  }
});

Deno.test("J19, J27: room and sub of a client token are required strings", async () => {
  await using s = setup();
  for (const claim of ["room", "sub"]) {
    for (const value of [undefined, null, "", 5, {}, [], ["room"], true, "x".repeat(1_024)]) {
      const label = `${claim} ${JSON.stringify(value)?.slice(0, 20)}`;
      assert.equal(await judged(s, { [claim]: value }), "claims", label);
    }
    assert.equal(await judged(s, { [claim]: "*" }), "accepted");
  }
});

Deno.test("room and sub are handed on as written", async () => {
  await using s = setup();
  const token = hs256(visitorClaims(s.now, { room: "MyRoom", sub: "TenantA" }));
  assert.deepEqual(await s.auth.authenticate(`Bearer ${token}`), {
    kind: "client",
    role: "visitor",
    room: "MyRoom",
    tenant: "TenantA",
    expiresAt: s.now + 3_600,
  });
});

Deno.test("J24: a room claim flagged as a pattern stays a literal", async () => {
  await using s = setup();
  for (const regex of [true, "true"]) {
    const context = { user: { role: "visitor" }, room: { regex } };
    const token = hs256(visitorClaims(s.now, { room: "(a+)+$", context }));
    const principal = await s.auth.authenticate(`Bearer ${token}`);
    assert.equal(principal.kind === "client" && principal.room, "(a+)+$");
  }
});

Deno.test('J28: moderator is true or "true", visitor is a role, and visitor wins', async () => {
  await using s = setup();
  for (const moderator of [true, "true"]) assert.equal(await roleOf(s, { moderator }), "moderator");
  for (const moderator of ["false", "TRUE", "True", 1, "1", [], {}, [true], null, false, "yes"]) {
    assert.equal(await roleOf(s, { moderator }), "participant", JSON.stringify(moderator));
  }
  assert.equal(await roleOf(s, { role: "visitor" }), "visitor");
  assert.equal(await roleOf(s, { role: "visitor", moderator: true }), "visitor");
  for (const role of ["Visitor", "VISITOR", "", ["visitor"], 1, "owner", null]) {
    assert.equal(await roleOf(s, { role }), "participant", JSON.stringify(role));
    assert.equal(await roleOf(s, { role, moderator: true }), "moderator", JSON.stringify(role));
  }
});

Deno.test("J28: a user that is no object has no role", async () => {
  await using s = setup();
  for (const user of [null, "visitor", 5, [], ["visitor"], true]) {
    assert.equal(await roleOf(s, user), "participant", JSON.stringify(user));
  }
});

Deno.test("a context that is not an object is refused", async () => {
  await using s = setup();
  for (const context of [null, [], "user", 5]) {
    assert.notEqual(await judged(s, { context }), "accepted", JSON.stringify(context));
  }
});

Deno.test("a system token needs neither room nor sub, and is limited by them", async () => {
  await using s = setup();
  const sign = (claims: Readonly<Record<string, unknown>>) =>
    hs256(systemClaims(s.now, claims), { secret: SYSTEM_SECRET });
  const expiresAt = s.now + 3_600;
  assert.deepEqual(await s.auth.authenticate(`Bearer ${sign({})}`), {
    kind: "system",
    room: undefined,
    tenant: undefined,
    expiresAt,
  });
  assert.deepEqual(await s.auth.authenticate(`Bearer ${sign({ room: "R", sub: "T" })}`), {
    kind: "system",
    room: "R",
    tenant: "T",
    expiresAt,
  });
  for (const claim of ["room", "sub"]) {
    for (const value of [null, "", 5, {}, ["x"]]) {
      assert.notEqual(await verdict(s.auth, sign({ [claim]: value })), "accepted");
    }
  }
});

Deno.test("J14 to J17 hold for system tokens too", async () => {
  await using s = setup();
  const judgedSystem = (claims: Readonly<Record<string, unknown>>) =>
    verdict(s.auth, hs256(systemClaims(s.now, claims), { secret: SYSTEM_SECRET }));
  assert.equal(await judgedSystem({ nbf: undefined, iat: s.now }), "accepted");
  assert.equal(await judgedSystem({ exp: s.now - 31 }), "expired");
  assert.notEqual(await judgedSystem({ exp: undefined }), "accepted");
  assert.equal(await judgedSystem({ nbf: s.now + 31 }), "not_yet_valid");
  assert.equal(await judgedSystem({ iss: "chat" }), "issuer");
  assert.equal(await judgedSystem({ aud: "other" }), "audience");
});
