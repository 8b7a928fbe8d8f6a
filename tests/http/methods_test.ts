import assert from "node:assert/strict";
import { createHttpApp } from "../../src/http/app.ts";
import { appOf, group, said } from "./door.ts";
import { assertProblem, UPGRADE } from "./support.ts";

Deno.test("a path has as many methods as its routes", async () => {
  const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
  const send = appOf({ groups: [group("a", methods.map((method) => said(method, "/rooms/{t}")))] });
  for (const method of methods) {
    for (const base of ["", "/base"]) {
      const response = await send(`${base}/rooms/x`, { method });
      assert.equal(await response.text(), `${method} /rooms/{t}`);
    }
  }
  const options = await send("/rooms/x", { method: "OPTIONS" });
  assert.equal(options.status, 204);
  assert.equal(options.headers.get("allow"), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
});

Deno.test("two doors at one path share one 405, which allows what both have", async () => {
  const send = appOf({
    groups: [group("a", [said("POST", "/rooms/{t}")]), group("b", [said("GET", "/rooms/{room}")])],
  });
  assert.equal(await (await send("/rooms/x")).text(), "GET /rooms/{room}");
  assert.equal(await (await send("/rooms/x", { method: "POST" })).text(), "POST /rooms/{t}");
  for (const method of ["PUT", "DELETE", "PROPFIND"]) {
    const response = await send("/rooms/x", { method });
    assert.equal(response.headers.get("allow"), "GET, HEAD, POST, OPTIONS");
    const detail = await assertProblem(response, 405, "method_not_allowed");
    assert.equal(detail, "Use GET or POST here.");
  }
});

Deno.test("HEAD is there only where GET is", async () => {
  const send = appOf({ groups: [group("a", [said("PUT", "/put"), said("GET", "/get")])] });
  assert.equal((await send("/get", { method: "HEAD" })).status, 200);
  const response = await send("/put", { method: "HEAD" });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "PUT, OPTIONS");
});

Deno.test("a literal path goes before a parameter, whichever door came first", async () => {
  const send = appOf({
    groups: [group("a", [said("GET", "/hubs/{id}")]), group("b", [said("POST", "/hubs/list")])],
  });
  assert.equal(await (await send("/hubs/x")).text(), "GET /hubs/{id}");
  assert.equal(await (await send("/hubs/list", { method: "POST" })).text(), "POST /hubs/list");
  const response = await send("/hubs/list");
  assert.equal(response.headers.get("allow"), "POST, OPTIONS");
  await assertProblem(response, 405, "method_not_allowed");
});

Deno.test("two doors that claim the same are refused when they are put together", () => {
  const a = group("a", [said("GET", "/x/{a}")]);
  const b = group("b", [said("GET", "/x/{b}")]);
  assert.throws(() => createHttpApp({ basePath: "", groups: [a, b] }), TypeError);
  const socket = { paths: ["/s"], upgrade: () => new Response() };
  assert.throws(
    () => createHttpApp({ basePath: "", groups: [], sockets: [socket, { ...socket }] }),
    TypeError,
  );
  const shared = group("c", [said("POST", "/x/{c}")], { cors: { origins: ["*"] } });
  assert.throws(() => createHttpApp({ basePath: "", groups: [a, shared] }), TypeError);
});

Deno.test("a path may be an ordinary route and a socket", async () => {
  const send = appOf({
    groups: [group("a", [said("GET", "/"), said("POST", "/only-post")])],
    sockets: [{ paths: ["/", "/only-post", "/socket"], upgrade: () => new Response("upgraded") }],
  });
  for (const path of ["/", "/only-post", "/socket"]) {
    assert.equal(await (await send(path, { headers: UPGRADE })).text(), "upgraded");
  }
  assert.equal(await (await send("/")).text(), "GET /");
  const broken = { ...UPGRADE, "sec-websocket-version": "8" };
  await assertProblem(await send("/", { headers: broken }), 426, "websocket_version");
  assert.equal(await (await send("/only-post", { method: "POST" })).text(), "POST /only-post");
  await assertProblem(await send("/only-post"), 426, "upgrade_required");
  const response = await send("/only-post", { method: "PUT" });
  assert.equal(response.headers.get("allow"), "GET, HEAD, POST, OPTIONS");
  await assertProblem(response, 405, "method_not_allowed");
});

Deno.test("a door that is not open has no path", async () => {
  const send = appOf({ groups: [group("a", [said("GET", "/x")])] });
  await assertProblem(await send("/y"), 404, "unknown_path");
  await assertProblem(await send("/y", { headers: UPGRADE }), 404, "unknown_path");
});
