import assert from "node:assert/strict";
import {
  hs256,
  part,
  setup,
  SYSTEM_SECRET,
  systemClaims,
  verdict,
  visitorClaims,
} from "./support.ts";

Deno.test("J01: a token without algorithm or without signature is refused", async () => {
  await using s = setup();
  for (const alg of ["none", "None", "NONE", "nOnE", ""]) {
    const input = `${part({ alg, typ: "JWT" })}.${part(visitorClaims(s.now))}`;
    assert.equal(await verdict(s.auth, `${input}.`), "malformed", alg);
    assert.equal(await verdict(s.auth, `${input}.AAAA`), "algorithm", alg);
  }
  const [header, payload] = hs256(visitorClaims(s.now)).split(".");
  assert.equal(await verdict(s.auth, `${header}.${payload}.`), "malformed");
  assert.equal(await verdict(s.auth, `${header}.${payload}.AAAA`), "signature");
  for (const alg of [undefined, null, 5, ["HS256"], {}]) {
    assert.equal(
      await verdict(s.auth, hs256(visitorClaims(s.now), { header: { alg } })),
      "malformed",
    );
  }
});

Deno.test("J07: a kid that is not a string of sensible length is refused with any key source", async () => {
  await using s = setup();
  for (const kid of [5, [], ["a"], {}, null, true, "", "k".repeat(10_000), "k".repeat(257)]) {
    const token = hs256(visitorClaims(s.now), { header: { alg: "HS256", kid } });
    assert.equal(await verdict(s.auth, token), "malformed", JSON.stringify(kid).slice(0, 20));
  }
});

Deno.test("J09: a token with crit or b64 is refused", async () => {
  await using s = setup();
  for (
    const extra of [
      { crit: ["x"], x: 1 },
      { crit: ["exp"], exp: 1 },
      { crit: [] },
      { crit: null },
      { b64: false },
      { b64: false, crit: ["b64"] },
      { b64: true },
    ]
  ) {
    const token = hs256(visitorClaims(s.now), { header: { alg: "HS256", ...extra } });
    assert.equal(await verdict(s.auth, token), "malformed", JSON.stringify(extra));
  }
});

Deno.test("J10: only three plain base64url parts are a token", async () => {
  await using s = setup();
  const good = hs256(visitorClaims(s.now));
  const [header, payload, signature] = good.split(".") as [string, string, string];
  const bad = [
    "",
    ".",
    "..",
    "a",
    `${header}.${payload}`,
    `${good}.x`,
    `${good}.x.y`,
    `${header}..${signature}`,
    `.${payload}.${signature}`,
    `${header}=.${payload}.${signature}`,
    `${header}.${payload}==.${signature}`,
    `${good}=`,
    `${header}+.${payload}.${signature}`,
    `${header}/.${payload}.${signature}`,
    `${header}.${payload}.${signature}%`,
    `"${good}"`,
    `${good},`,
    `${header}é.${payload}.${signature}`,
  ];
  for (const token of bad) {
    assert.equal(await verdict(s.auth, `Bearer ${token}`), "malformed", token);
  }
  for (const white of [" ", "\t", "\n", "\u00a0"]) {
    for (const token of [`${header}.${white}${payload}.${signature}`, `${good}${white}x`]) {
      assert.equal(await verdict(s.auth, `Bearer ${token}`), "malformed", JSON.stringify(white));
    }
  }
  assert.equal(await verdict(s.auth, good), "accepted");
});

Deno.test("J10: an encrypted, packed or nested token is refused", async () => {
  await using s = setup();
  for (const extra of [{ enc: "A256GCM" }, { zip: "DEF" }, { cty: "JWT" }]) {
    const token = hs256(visitorClaims(s.now), { header: { alg: "HS256", ...extra } });
    assert.equal(await verdict(s.auth, token), "malformed", JSON.stringify(extra));
  }
  assert.equal(
    await verdict(s.auth, hs256(JSON.stringify(hs256(visitorClaims(s.now))))),
    "malformed",
  );
});

Deno.test("J11: of a repeated claim the one that was judged is the one that counts", async () => {
  await using s = setup();
  const claims = JSON.stringify(visitorClaims(s.now)).slice(0, -1);
  const token = hs256(`${claims},"room":"second","sub":"tenantb"}`);
  const principal = await s.auth.authenticate(`Bearer ${token}`);
  assert.equal(principal.kind === "client" && principal.room, "second");
  assert.equal(principal.kind === "client" && principal.tenant, "tenantb");
  assert.equal(await verdict(s.auth, hs256(`${claims},"exp":1}`)), "expired");
  assert.equal(await verdict(s.auth, hs256(`${claims},"room":7}`)), "claims");
});

Deno.test("J11: of a repeated header parameter the one that was judged is the one that counts", async () => {
  await using s = setup();
  const twice = (header: string) => verdict(s.auth, hs256(visitorClaims(s.now), { header }));
  assert.equal(await twice(`{"alg":"none","alg":"HS256"}`), "accepted");
  assert.equal(await twice(`{"alg":"HS256","alg":"none"}`), "algorithm");
  assert.equal(await twice(`{"alg":"HS256","kid":"a","kid":7}`), "malformed");
});

Deno.test("J12: a header or payload that is not a JSON object is refused", async () => {
  await using s = setup();
  for (const text of ["[]", '"x"', "null", "5", "true", "", "{", "{}x", "[{}]", "\u0000", "NaN"]) {
    assert.equal(
      await verdict(s.auth, `${part({ alg: "HS256" })}.${part(text) || "AA"}.AAAA`),
      "malformed",
      text,
    );
    assert.equal(
      await verdict(s.auth, `${part(text) || "AA"}.${part({})}.AAAA`),
      "malformed",
      text,
    );
  }
  const invalidUtf8 = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString("base64url");
  assert.equal(await verdict(s.auth, `${part({ alg: "HS256" })}.${invalidUtf8}.AAAA`), "malformed");
});

Deno.test("J12: a key __proto__ is refused at any depth, and changes nothing", async () => {
  await using s = setup();
  const user = `"context":{"user":{"__proto__":{"moderator":true}}}`;
  const escaped = `"context":{"user":{"\\u005f_proto__":{"moderator":true}}}`;
  const claims = JSON.stringify(systemClaims(s.now, { room: "r", sub: "t" })).slice(0, -1);
  for (const extra of [user, escaped, `"__proto__":{"room":"*"}`]) {
    assert.equal(await verdict(s.auth, hs256(`${claims},${extra}}`)), "malformed", extra);
  }
  const header = `{"alg":"HS256","__proto__":{"kid":"x"}}`;
  assert.equal(await verdict(s.auth, hs256(visitorClaims(s.now), { header })), "malformed");
  assert.equal("moderator" in {}, false);
});

Deno.test("J12: a payload nested without end is refused", async () => {
  await using s = setup();
  const deep = `{"context":${"[".repeat(5_000)}${"]".repeat(5_000)}}`;
  assert.notEqual(await verdict(s.auth, hs256(deep)), "accepted");
});

Deno.test("J13: a token of 64 KB is refused for its length alone", async () => {
  await using s = setup();
  const token = hs256(visitorClaims(s.now, { padding: "x".repeat(64_000) }));
  assert.equal(await verdict(s.auth, token), "malformed");
  assert.throws(() => s.auth.authenticate(`Bearer ${token}`), /more than 16384 characters/);
  const long = hs256(visitorClaims(s.now, { padding: "x".repeat(11_000) }));
  assert.equal(await verdict(s.auth, long), "accepted");
});

Deno.test("J18: typ may be absent or JWT in any case, and nothing else", async () => {
  await using s = setup();
  const typed = (typ: unknown) =>
    verdict(s.auth, hs256(visitorClaims(s.now), { header: { alg: "HS256", typ } }));
  for (const typ of [undefined, "JWT", "jwt"]) assert.equal(await typed(typ), "accepted");
  for (const typ of ["at+jwt", "JOSE", "", null, 1, ["JWT"], "application/at+jwt"]) {
    assert.equal(await typed(typ), "malformed", String(typ));
  }
});

Deno.test("J31: no Authorization, an empty one, another scheme and two tokens are refused", async () => {
  await using s = setup();
  const token = hs256(systemClaims(s.now), { secret: SYSTEM_SECRET });
  assert.throws(() => s.auth.authenticate(undefined), { code: "missing" });
  assert.throws(() => s.auth.authenticate(""), { code: "missing" });
  assert.throws(() => s.auth.authenticate("  "), { code: "missing" });
  for (
    const value of [
      "Basic dXNlcjpwYXNz",
      "Bearer",
      "Bearer ",
      `Basic ${token}`,
      `Bearer ${token} ${token}`,
      `Bearer ${token}, Bearer ${token}`,
      `Bearer ${token},${token}`,
      `Bearer Bearer ${token}`,
      `Bearer\n${token}`,
      `BearerX ${token}`,
    ]
  ) assert.throws(() => s.auth.authenticate(value), { code: "malformed" }, value.slice(0, 12));
});

Deno.test("J31, J36: the scheme is written in any case", async () => {
  await using s = setup();
  const token = hs256(systemClaims(s.now), { secret: SYSTEM_SECRET });
  for (const scheme of ["Bearer", "bearer", "BEARER", "Bearer  "]) {
    assert.equal((await s.auth.authenticate(`${scheme} ${token}`)).kind, "system");
  }
});

Deno.test("J35: a token is taken from an Authorization value only, never out of a URL", async () => {
  await using s = setup();
  const token = hs256(visitorClaims(s.now));
  for (
    const value of [token, `?token=${token}`, `access_token=${token}`, `/visitor?token=${token}`]
  ) {
    assert.throws(() => s.auth.authenticate(value), { code: "malformed" });
  }
});

Deno.test("without a token a client is anonymous where that is allowed, and a bad token is still bad", async () => {
  await using s = setup({ allowEmpty: true });
  assert.deepEqual(s.auth.authenticate(undefined), { kind: "anonymous" });
  assert.deepEqual(s.auth.authenticate(""), { kind: "anonymous" });
  assert.equal(await verdict(s.auth, "Bearer "), "malformed");
  assert.equal(await verdict(s.auth, hs256(visitorClaims(s.now), { secret: "x" })), "signature");
});
