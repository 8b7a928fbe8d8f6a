import assert from "node:assert/strict";
import { AuthError } from "../../../src/auth/auth_error.ts";
import { MAX_HELD } from "../../../src/doors/rest/patience.ts";
import { QueueUnavailableError } from "../../../src/queue/view.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { assertProblem, bearer, testApp } from "../../http/support.ts";

const COMMANDS = ["/golive", "/endlive"];
const ROOM = { conference: "MyRoom@conference.meet.example" };

Deno.test("golive answers 200 with the name as written and how many waited", async () => {
  const { post, conferences } = testApp();
  const response = await post("/golive", ROOM, "system");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.deepEqual(await response.json(), { ...ROOM, status: "live", visitorsWaiting: 7 });
  assert.deepEqual(conferences.calls, [["goLive", "myroom@conference.meet.example"]]);
});

Deno.test("endlive answers 200 with the name as written", async () => {
  const { post, conferences } = testApp();
  const response = await post("/endlive", ROOM, "system");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { ...ROOM, status: "waiting" });
  assert.deepEqual(conferences.calls, [["endLive", "myroom@conference.meet.example"]]);
});

Deno.test("a command is there under the base path too", async () => {
  const { post } = testApp();
  for (const path of COMMANDS) {
    assert.equal((await post(`/waiting-queue${path}`, ROOM, "system")).status, 200);
  }
});

Deno.test("further fields of a command are ignored", async () => {
  const { post, conferences } = testApp();
  assert.equal((await post("/golive", { ...ROOM, more: [1] }, "system")).status, 200);
  assert.equal(conferences.calls.length, 1);
});

Deno.test("J31: without a token, or with an empty one, a command is 401 with a challenge", async () => {
  const { fetch, conferences } = testApp();
  const headers: (Record<string, string> | undefined)[] = [
    undefined,
    { authorization: "" },
    { authorization: "  " },
    bearer("anonymous"),
    bearer("missing"),
  ];
  for (const path of COMMANDS) {
    for (const each of headers) {
      const init = { method: "POST", body: JSON.stringify(ROOM), ...(each && { headers: each }) };
      const response = await fetch(path, init);
      assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="waiting-queue"');
      await assertProblem(response, 401, "token_missing");
    }
  }
  assert.deepEqual(conferences.calls, []);
});

Deno.test("J31: a token that is not accepted is 401 with error=invalid_token", async () => {
  const { fetch, conferences } = testApp();
  const values = ["Bearer expired", "Basic dTpw", "Bearer", "Bearer system, Bearer system", "x"];
  for (const authorization of values) {
    const body = JSON.stringify(ROOM);
    const response = await fetch("/golive", { method: "POST", headers: { authorization }, body });
    assert.match(response.headers.get("www-authenticate")!, /, error="invalid_token"$/);
    await assertProblem(response, 401, "invalid_token");
  }
  assert.deepEqual(conferences.calls, []);
});

Deno.test("J31: a token in the query is no token", async () => {
  const { post, conferences } = testApp();
  for (const query of ["token=system", "access_token=system", "jwt=system"]) {
    await assertProblem(await post(`/golive?${query}`, ROOM), 401, "token_missing");
  }
  assert.deepEqual(conferences.calls, []);
});

Deno.test("J31: a visitor's or a moderator's token is 403", async () => {
  const { post, conferences } = testApp();
  for (const path of COMMANDS) {
    for (const token of ["visitor", "moderator"]) {
      const detail = await assertProblem(await post(path, ROOM, token), 403, "role");
      assert.match(detail, /system token/);
    }
  }
  assert.deepEqual(conferences.calls, []);
});

Deno.test("a limited system token commands its own conferences and no others", async () => {
  const { post, conferences } = testApp();
  const room = { conference: "room@x" };
  const other = { conference: "other@x" };
  const tenants = { conference: "[acme]other" };
  assert.equal((await post("/golive", room, "limited-room")).status, 200);
  assert.equal((await post("/golive", tenants, "limited-tenant")).status, 200);
  await assertProblem(await post("/golive", other, "limited-room"), 403, "room");
  await assertProblem(
    await post("/golive", { conference: "[evil]other" }, "limited-tenant"),
    403,
    "tenant",
  );
  assert.equal(conferences.calls.length, 2);
});

Deno.test("a token that cannot be checked for a minute is 503 with Retry-After", async () => {
  const clock = new FakeClock();
  const { post } = testApp({ clock });
  for (const token of ["busy", "no-key"]) {
    const answer = post("/golive", ROOM, token);
    await clock.advance(61_000);
    await assertProblem(await answer, 503, "auth_unavailable");
  }
});

Deno.test("a command is held while the key of its token cannot be had, and then done", async () => {
  for (const path of COMMANDS) {
    const clock = new FakeClock();
    let attempts = 0;
    const { post, conferences } = testApp({
      clock,
      authenticate(_authorization, channel) {
        assert.equal(channel, "request");
        if (attempts++ < 4) throw new AuthError("key_unavailable", "no answer");
        return { kind: "system", room: undefined, tenant: undefined, expiresAt: 4e9 };
      },
    });
    const answer = post(path, ROOM, "any");
    await clock.advance(3_000);
    assert.deepEqual(conferences.calls, []);
    await clock.advance(1_000);
    assert.equal((await answer).status, 200, path);
  }
});

Deno.test("a token that is not accepted is not held", async () => {
  const clock = new FakeClock();
  const { post } = testApp({ clock });
  assert.equal((await post("/golive", ROOM, "nonsense")).status, 401);
});

Deno.test("only so many commands are held at once", async () => {
  const clock = new FakeClock();
  const { post } = testApp({ clock });
  const held = Array.from({ length: MAX_HELD }, () => post("/golive", ROOM, "busy"));
  await settle();
  assert.equal((await post("/golive", ROOM, "busy")).status, 503);
  await clock.advance(61_000);
  for (const answer of held) assert.equal((await answer).status, 503);
});

Deno.test("an authenticator may answer later", async () => {
  const { post } = testApp({
    authenticate: async () => {
      await Promise.resolve();
      return { kind: "system", room: undefined, tenant: undefined, expiresAt: 4e9 };
    },
  });
  assert.equal((await post("/golive", ROOM, "any")).status, 200);
});

Deno.test("J32: a body that is not JSON, or no object, is 400", async () => {
  const { fetch } = testApp();
  const bodies: [BodyInit, string][] = [
    ["", "not_json"],
    ["{", "not_json"],
    ["conference=room@x", "not_json"],
    ['{"conference":"room@x"} x', "not_json"],
    [new Uint8Array([0x22, 0xff, 0x22]), "not_json"],
    ["[]", "not_an_object"],
    ['"room@x"', "not_an_object"],
    ["null", "not_an_object"],
    ["42", "not_an_object"],
  ];
  for (const path of COMMANDS) {
    for (const [body, code] of bodies) {
      const response = await fetch(path, { method: "POST", headers: bearer("system"), body });
      await assertProblem(response, 400, code);
    }
  }
});

Deno.test("J32: a conference that is no valid name is 400 and says why", async () => {
  const { post, conferences } = testApp();
  for (const conference of [null, 5, {}, [], true]) {
    await assertProblem(await post("/golive", { conference }, "system"), 400, "conference_invalid");
  }
  const wrong: Record<string, RegExp> = {
    "": /no room/,
    "@x": /no room/,
    "room@": /no domain/,
    "a@b@c": /one @/,
    "room@x/nick": /resource/,
    "room@x.": /dot/,
    "room@x..y": /dot/,
    "ro\u0000om@x": /U\+0000/,
    [`${"x".repeat(1100)}@x`]: /1023/,
  };
  for (const [conference, expected] of Object.entries(wrong)) {
    const response = await post("/golive", { conference }, "system");
    assert.match(await assertProblem(response, 400, "conference_invalid"), expected);
  }
  assert.deepEqual(conferences.calls, []);
});

Deno.test("J32: a body without a conference is 404 and says what to send", async () => {
  const { fetch, post } = testApp();
  for (const path of COMMANDS) {
    const detail = await assertProblem(await post(path, {}, "system"), 404, "conference_missing");
    assert.match(detail, /Send \{"conference"/);
  }
  const body = '{"__proto__":{"conference":"room@x"}}';
  const response = await fetch("/golive", { method: "POST", headers: bearer("system"), body });
  await assertProblem(response, 404, "conference_missing");
});

Deno.test("while the state cannot be stored a command is 503 with Retry-After", async () => {
  const { post, get, conferences } = testApp();
  conferences.error = new QueueUnavailableError("the store is down at redis://u:pw@x");
  for (const path of COMMANDS) {
    const response = await post(path, ROOM, "system");
    assert.doesNotMatch(await assertProblem(response, 503, "queue_unavailable"), /redis/);
  }
  await assertProblem(await get("/conferences", "system"), 503, "queue_unavailable");
  await assertProblem(await get("/conferences/room@x", "system"), 503, "queue_unavailable");
});
