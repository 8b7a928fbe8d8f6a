import assert from "node:assert/strict";
import { describePrincipal } from "../../src/commands/token_findings.ts";
import { explain } from "../../src/commands/explain.ts";
import { token } from "../../src/commands/token.ts";
import type { Env } from "../../src/config/config.ts";
import { KeyServer, status } from "../auth/key_server.ts";
import { hs256, signer } from "../auth/support.ts";
import { freePort } from "../support/operator.ts";
import {
  assertHidden,
  finding,
  findingsOf,
  KEYS,
  PLACE,
  type Ran,
  run,
  signatureOf,
} from "./support.ts";

const ENV = { ...KEYS, ...PLACE };
const CONFERENCE = "room@conference.meet.example";

async function mint(args: readonly string[], env: Env = ENV): Promise<string> {
  const { out } = await run(token, args, { env });
  return out.trimEnd();
}

/** Explains a token; neither form of the answer shows the token or its signature. */
async function ask(text: string, args: readonly string[] = [], env: Env = ENV): Promise<Ran> {
  const plain = await run(explain, [text, ...args], { env });
  const json = await run(explain, [text, ...args, "--json"], { env });
  assert.equal(plain.code, json.code);
  if (text !== "") {
    assertHidden(plain.out + plain.err + json.out + json.err, [text, signatureOf(text)]);
  }
  return json;
}

Deno.test("a visitor's token is followed to what it may do: wait, and nothing else", async () => {
  const ran = await ask(await mint(["visitor", "--room", "Room"]), ["--conference", CONFERENCE]);
  const answer = JSON.parse(ran.out);
  assert.deepEqual([ran.code, answer.ok, answer.accepted], [0, true, true]);
  assert.deepEqual(answer.can, { wait: true, count: false, "go live": false });
  assert.equal(answer.principal.role, "visitor");
  const findings = findingsOf(ran);
  assert.match(finding(findings, "accepted").text, /a visitor, for the room "Room" of any tenant/);
  assert.match(finding(findings, "wait").text, /visitor\/topic\.room@conference\.meet\.example/);
  assert.match(finding(findings, "count").text, /only moderators.*a visitor's token/);
});

Deno.test("J29: a moderator's token may count and not wait, and is told what it lacks", async () => {
  const text = await mint(["moderator", "--room", "room"]);
  const ran = await ask(text, ["--conference", CONFERENCE]);
  assert.deepEqual([ran.code, JSON.parse(ran.out).can], [
    0,
    { wait: false, count: true, "go live": false },
  ]);
  const { status, text: why, next } = finding(findingsOf(ran), "wait");
  assert.deepEqual([status, why], ["no", "only visitors wait, and the token is a moderator's"]);
  assert.match(next ?? "", /role "visitor".*VISITOR_ANY_ROLE=1/);
  const env = { ...ENV, VISITOR_ANY_ROLE: "1" };
  const may = await ask(text, ["--conference", CONFERENCE], env);
  assert.equal(JSON.parse(may.out).can.wait, true);
});

Deno.test("a system token may wait and go live; what it lacks as a client's is not held against it", async () => {
  const ran = await ask(await mint(["system"]), ["--conference", CONFERENCE]);
  assert.deepEqual(JSON.parse(ran.out).can, { wait: true, count: false, "go live": true });
  const broken = [...findingsOf(ran).values()].filter(({ status }) => status === "broken");
  assert.deepEqual([ran.code, broken], [0, []]);
  assert.equal(finding(findingsOf(ran), "sub").status, "no");
  assert.equal(finding(findingsOf(ran), "key").status, "skipped");
});

Deno.test("J20: a token that may do nothing in the conference is accepted, and the code is 1", async () => {
  const other = await mint(["moderator", "--room", "other"]);
  const ran = await ask(other, ["--conference", CONFERENCE]);
  const answer = JSON.parse(ran.out);
  assert.deepEqual([ran.code, answer.ok, answer.accepted], [1, false, true]);
  assert.match(finding(findingsOf(ran), "count").next ?? "", /made for this room/);
  const tenant = await mint(["moderator", "--tenant", "a"]);
  const elsewhere = await ask(tenant, ["--conference", "room@conference.b.meet.example"]);
  assert.equal(elsewhere.code, 1);
  assert.match(finding(findingsOf(elsewhere), "count").next ?? "", /this tenant.*XMPP_DOMAIN/);
  assert.equal((await ask(other)).code, 0);
});

Deno.test("a wrong secret is told, with the setting to compare", async () => {
  const env = { ...ENV, JWT_APP_SECRET: "another-secret-of-the-commands-012345678" };
  const client = await ask(await mint(["visitor"]), [], env);
  assert.equal(client.code, 1);
  const { text, next } = finding(findingsOf(client), "signature");
  assert.match(text, /not made with the key/);
  assert.match(next ?? "", /compare JWT_APP_SECRET/);
  assert.match(finding(findingsOf(client), "refused").text, /^signature: /);
  const swapped = { ...ENV, SYSTEM_JWT_SECRET: "another-secret-of-the-commands-012345678" };
  const system = await ask(await mint(["system"]), [], swapped);
  assert.match(finding(findingsOf(system), "signature").next ?? "", /compare SYSTEM_JWT_SECRET/);
});

Deno.test("J14: an expired token is told by how much, with the clocks to look at", async () => {
  const claims = { iss: "i", aud: "a", room: "r", sub: "*", context: { user: {} } };
  const exp = Math.floor(Date.now() / 1000) - 100;
  const ran = await ask(hs256({ ...claims, exp }, { secret: KEYS.JWT_APP_SECRET }));
  assert.equal(ran.code, 1);
  const { text, next } = finding(findingsOf(ran), "exp");
  assert.match(text, /exp was 1\d\d s ago; the leeway is 30 s/);
  assert.match(next ?? "", /new token.*deno task doctor/);
  assert.equal(finding(findingsOf(ran), "key").status, "skipped");
  const never = await ask(hs256(claims, { secret: KEYS.JWT_APP_SECRET }));
  assert.equal(finding(findingsOf(never), "exp").status, "broken");
});

Deno.test("J16, J17: an issuer and an audience that are not accepted name their settings", async () => {
  const env = { ...ENV, JWT_ACCEPTED_ISSUERS: "chat", JWT_ACCEPTED_AUDIENCES: "jitsi" };
  const ran = await ask(await mint(["visitor", "--issuer", "x", "--audience", "y"]), [], env);
  const findings = findingsOf(ran);
  assert.match(finding(findings, "iss").next ?? "", /JWT_ACCEPTED_ISSUERS/);
  assert.match(finding(findings, "aud").next ?? "", /JWT_ACCEPTED_AUDIENCES/);
  const system = await ask(await mint(["system", "--issuer", "x"]));
  assert.ok(system.out.includes("add the issuer to SYSTEM_JWT_ACCEPTED_ISSUERS"), system.out);
});

Deno.test("a token without issuer or audience is its issuer's fault, not that of the settings", async () => {
  const claims = { room: "r", sub: "*", exp: Date.now() / 1000 + 60, context: { user: {} } };
  const findings = findingsOf(await ask(hs256(claims, { secret: KEYS.JWT_APP_SECRET })));
  for (const name of ["iss", "aud"]) {
    const { text, next } = finding(findings, name);
    assert.equal(text, `${name} is missing`);
    assert.match(next ?? "", /the issuer must put .* every token needs one/);
  }
});

Deno.test("an exp in milliseconds is doubted: the token never expires", async () => {
  const claims = {
    iss: "i",
    aud: "a",
    room: "r",
    sub: "*",
    context: { user: { role: "visitor" } },
  };
  const text = hs256({ ...claims, exp: Date.now() + 60_000 }, { secret: KEYS.JWT_APP_SECRET });
  const { status, next } = finding(findingsOf(await ask(text)), "accepted");
  assert.equal(status, "doubtful");
  assert.match(next ?? "", /milliseconds.*seconds/);
});

Deno.test("J38: a key server that is down, has no such key or sends a page is told as it is", async () => {
  await using server = new KeyServer();
  const key = signer();
  const env = { ...ENV, JWT_APP_SECRET: "", JWT_ASAP_KEYSERVER: server.url };
  const claims = { iss: "i", aud: "a", room: "r", sub: "t", exp: Date.now() / 1000 + 60 };
  const context = { user: { role: "visitor" } };
  const text = await key.sign({ ...claims, context }, { kid: "t/k" });
  const absent = await ask(text, [], env);
  assert.match(finding(findingsOf(absent), "key").text, /there is no key at http/);
  server.has("t/k", () => new Response("<p>", { headers: { "content-type": "text/html" } }));
  const page = await ask(text, [], env);
  assert.match(finding(findingsOf(page), "key").text, /answered with text\/html/);
  server.has("t/k", status(500));
  const failing = await ask(text, [], env);
  assert.match(finding(findingsOf(failing), "key").text, /answered with status 500/);
  assert.match(finding(findingsOf(failing), "key").next ?? "", /JWT_ASAP_KEYSERVER.*doctor/);
  server.has("t/k", key.pem);
  assert.equal((await ask(text, [], env)).code, 0);
  const down = { ...env, JWT_ASAP_KEYSERVER: `http://127.0.0.1:${freePort()}` };
  const refused = await ask(text, [], down);
  assert.equal(refused.code, 1);
  assert.match(finding(findingsOf(refused), "refused").text, /^key_unavailable: /);
});

Deno.test("without any key it says that this is demo mode, and what to set", async () => {
  const ran = await ask(await mint(["visitor"]), [], {});
  assert.equal(ran.code, 1);
  const { text, next } = finding(findingsOf(ran), "demo mode");
  assert.match(text, /no key is set.*each run.*no token can be checked/);
  assert.match(next ?? "", /JWT_APP_SECRET and SYSTEM_JWT_SECRET/);
  assert.match(finding(findingsOf(ran), "alg").text, /no key for client tokens is set/);
});

Deno.test("no token is somebody where it is allowed, and nobody where it is not", async () => {
  const refused = await ask("", ["--conference", CONFERENCE]);
  assert.equal(refused.code, 1);
  assert.match(finding(findingsOf(refused), "refused").text, /^missing: .*JWT_ALLOW_EMPTY=1/);
  const ran = await ask("", ["--conference", CONFERENCE], { ...ENV, JWT_ALLOW_EMPTY: "1" });
  assert.deepEqual([ran.code, JSON.parse(ran.out).can], [
    0,
    { wait: true, count: false, "go live": false },
  ]);
});

Deno.test("a participant's token is accepted, and doubtful", async () => {
  const exp = Date.now() / 1000 + 60;
  const claims = { iss: "i", aud: "a", room: "room", sub: "*", exp, context: { user: {} } };
  const text = hs256(claims, { secret: KEYS.JWT_APP_SECRET });
  const ran = await ask(text, ["--conference", CONFERENCE]);
  const { status, next } = finding(findingsOf(ran), "accepted");
  assert.deepEqual([ran.code, status], [1, "doubtful"]);
  assert.match(next ?? "", /context\.user\.moderator true/);
});

Deno.test("a conference name that cannot be is told, for a token that is refused too", async () => {
  const text = await mint(["visitor"]);
  for (
    const name of ["a@b@c", "room@elsewhere.example", "room", "room@conference.meet.example/x"]
  ) {
    const ran = await ask(text, ["--conference", name]);
    assert.equal(ran.code, 1, name);
    assert.equal(finding(findingsOf(ran), "name").status, "broken", name);
  }
  const refused = await ask("no-token", ["--conference", "a@b@c"]);
  assert.match(finding(findingsOf(refused), "name").text, /one @/);
});

Deno.test("where no XMPP domain is set the name says what follows from that", async () => {
  const ran = await ask(await mint(["visitor"]), ["--conference", "[T]room@any.example"], KEYS);
  const { status, text, next } = finding(findingsOf(ran), "name");
  assert.deepEqual([ran.code, status, text], [0, "doubtful", 'room "room", tenant "t"']);
  assert.match(next ?? "", /XMPP_DOMAIN and XMPP_MUC_DOMAIN are not set/);
});

Deno.test("without an argument the token is read from stdin, where nobody else sees it", async () => {
  const { code, out } = await run(explain, [], { stdin: `Bearer ${await mint(["visitor"])}\n` });
  assert.equal(code, 0, out);
});

Deno.test("a token comes as it is, after Bearer, or from stdin", async () => {
  const text = await mint(["visitor"]);
  for (const args of [[text], ["Bearer", text], [`bearer ${text}`]]) {
    assert.equal((await run(explain, args)).code, 0, args[0]);
  }
  for (const stdin of [text, `${text}\n`, ` Bearer ${text}\r\n`]) {
    assert.equal((await run(explain, ["-"], { stdin })).code, 0, stdin);
  }
});

Deno.test("what is no token is told, and what it was is not shown", async () => {
  for (const text of ["hidden", "hidden.hidden", "hidden hidden", "eyJhbGciOiJub25lIn0.hidden."]) {
    const { code, out } = await run(explain, [text]);
    assert.equal(code, 1);
    assert.match(out, /✗ token .*cannot be read.*\n.*→ give the token as its issuer made it/);
    assertHidden(out, ["hidden"]);
  }
});

Deno.test("wrong arguments and settings are code 2, and show no token", async () => {
  const text = await mint(["visitor"]);
  const wrong = [[text, text], ["Bearer", text, text], [text, "--foo"], [text, "--conference"]];
  for (const args of wrong) {
    const { code, out, err } = await run(explain, args);
    assert.deepEqual([code, out], [2, ""]);
    assertHidden(err, [text, signatureOf(text)]);
  }
  const { code, err } = await run(explain, [text], { env: { ...KEYS, PORT: "x" } });
  assert.equal(code, 2);
  assert.match(err, /PORT: /);
});

Deno.test("a claim with a token in it, or one that draws on the terminal, is shown harmlessly", async () => {
  const inner = await mint(["system"]);
  const exp = Date.now() / 1000 + 60;
  const claims = { iss: inner, aud: "a\u009b2J\u202e", room: "r", sub: "*", exp };
  const text = hs256({ ...claims, context: { user: {} } }, { secret: KEYS.JWT_APP_SECRET });
  const { out } = await run(explain, [text]);
  assertHidden(out, [inner, signatureOf(inner), "\u009b", "\u202e"]);
  assert.match(out, /aud is "a\\u009b2J\\u202e"/);
});

Deno.test("a principal is told with its limits, and with no date where it claims none that is", () => {
  const system = { kind: "system", room: "r", tenant: undefined, expiresAt: 1e20 } as const;
  assert.equal(
    describePrincipal(system),
    'a backend or SIP gateway, for the room "r" of any tenant',
  );
  const visitor = {
    kind: "client",
    role: "visitor",
    room: "*",
    tenant: "t",
    expiresAt: 0,
  } as const;
  assert.equal(
    describePrincipal(visitor),
    'a visitor, for any room of the tenant "t", until 1970-01-01T00:00:00.000Z',
  );
});

Deno.test("which events a token sees is told", async () => {
  const own = findingsOf(await ask(await mint(["moderator", "--user", "u1", "--jti", "j1"])));
  assert.match(finding(own, "acl").text, /events\.conferences\.\*\.#.*none of its own/);
  assert.match(finding(own, "me").text, /"u1"/);
  assert.match(finding(own, "my_session").text, /"j1"/);
  const without = findingsOf(await ask(await mint(["visitor", "--acl", "events.#"])));
  assert.equal(finding(without, "acl").status, "no");
  assert.match(finding(without, "acl").next ?? "", /websocketd/);
  const system = findingsOf(await ask(await mint(["system"])));
  assert.match(finding(system, "scope").text, /all tenants .* all users/);
});
