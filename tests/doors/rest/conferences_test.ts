import assert from "node:assert/strict";
import { assertProblem, testApp } from "../../http/support.ts";

Deno.test("the list has every conference, with its live time as ISO 8601", async () => {
  const { get, conferences } = testApp();
  const view = { conference: "room@x", visitorsWaiting: 3, moderators: 1 };
  const liveSince = Date.UTC(2026, 0, 31, 18);
  conferences.view = { ...view, status: "live", liveSince };
  const response = await get("/conferences", "system");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.deepEqual(await response.json(), [
    { ...view, status: "live", liveSince: "2026-01-31T18:00:00.000Z" },
  ]);
});

Deno.test("a waiting conference has no live time", async () => {
  const { get } = testApp();
  const response = await get("/conferences/room@x", "system");
  assert.deepEqual(await response.json(), {
    conference: "room@x",
    status: "waiting",
    visitorsWaiting: 0,
    moderators: 0,
  });
});

Deno.test("the name in the path is percent-decoded exactly once", async () => {
  const { get, conferences } = testApp();
  const names: Record<string, string> = {
    "MyRoom@conference.meet.example": "myroom@conference.meet.example",
    "room%40x": "room@x",
    "r%25C3%25A9@x": "r%c3%a9@x",
    "r%2525@x": "r%25@x",
    "r%25%C3%A9@x": "r%é@x",
    "%D0%BA%D0%BE@x": "ко@x",
    "[Acme]room": "[acme]room",
    "%5BAcme%5Droom": "[acme]room",
  };
  for (const [written, key] of Object.entries(names)) {
    for (const prefix of ["", "/waiting-queue"]) {
      const response = await get(`${prefix}/conferences/${written}`, "system");
      assert.equal(response.status, 200, written);
      assert.equal((await response.json()).conference, key);
      assert.deepEqual(conferences.calls.pop(), ["describe", key]);
    }
  }
});

Deno.test("a path that is no name is 400, one with further parts is unknown", async () => {
  const { get, conferences } = testApp();
  for (const path of ["r%ff", "r%", "r%zz@x", "a%2Fb", "a@b@c", "%00", "room@x%2Fnick"]) {
    await assertProblem(await get(`/conferences/${path}`, "system"), 400, "conference_invalid");
  }
  await assertProblem(await get("/conferences/a/b", "system"), 404, "unknown_path");
  assert.deepEqual(conferences.calls, []);
});

Deno.test("conferences are for system tokens", async () => {
  const { get, conferences } = testApp();
  for (const path of ["/conferences", "/conferences/room@x"]) {
    await assertProblem(await get(path), 401, "token_missing");
    await assertProblem(await get(path, "anonymous"), 401, "token_missing");
    await assertProblem(await get(path, "expired"), 401, "invalid_token");
    await assertProblem(await get(path, "visitor"), 403, "role");
    await assertProblem(await get(path, "moderator"), 403, "role");
    await assertProblem(await get(path, "busy"), 503, "auth_unavailable");
  }
  assert.deepEqual(conferences.calls, []);
});

Deno.test("a limited system token sees its own conference and not the list", async () => {
  const { get } = testApp();
  for (const token of ["limited-room", "limited-tenant"]) {
    await assertProblem(await get("/conferences", token), 403, "limited");
  }
  assert.equal((await get("/conferences/room@x", "limited-room")).status, 200);
  await assertProblem(await get("/conferences/other@x", "limited-room"), 403, "room");
});
