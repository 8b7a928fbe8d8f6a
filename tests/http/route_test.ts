import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Problem, respondTo } from "../../src/http/problem.ts";
import { json, type Route } from "../../src/http/route.ts";
import { appOf, group, said } from "./door.ts";
import { assertProblem, bearer } from "./support.ts";

/** A body that counts how often it is asked for. */
function counted(text: string): { body: ReadableStream; reads: () => number } {
  let reads = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (reads++ === 0) controller.enqueue(new TextEncoder().encode(text));
      else controller.close();
    },
  }, { highWaterMark: 0 });
  return { body, reads: () => reads };
}

Deno.test("a route's own authorization sees the request before its body is read", async () => {
  const route: Route<string> = {
    method: "PUT",
    path: "/x",
    authorize({ request }) {
      const who = request.headers.get("authorization");
      if (!who) throw new Problem(401, "token_missing", "Send some credentials.");
      return `${who} by ${request.method} ${request.url}`;
    },
    handle: async (call, caller) => json({ caller, body: await call.json() }),
  };
  const send = appOf({ groups: [group("a", [route])] });
  const refused = counted("{}");
  assert.equal((await send("/x", { method: "PUT", body: refused.body })).status, 401);
  assert.equal(refused.reads(), 0);
  const init = { method: "PUT", headers: bearer("me"), body: counted('{"a":1}').body };
  assert.deepEqual(await (await send("/x?q=1", init)).json(), {
    caller: "Bearer me by PUT http://queue.example/x?q=1",
    body: { a: 1 },
  });
});

Deno.test("an authorization may sign the body, which is read once and kept", async () => {
  const route: Route = {
    method: "PATCH",
    path: "/x",
    maxBody: 100,
    async authorize(call) {
      if (call.header("authorization") !== "Signed") {
        throw new Problem(401, "mac", "A bad MAC here.");
      }
      const hash = createHash("sha256").update(await call.octets()).digest("hex");
      if (hash !== call.header("x-hash")) throw new Problem(401, "hash", "A bad payload hash.");
    },
    handle: async (call) => json(await call.json()),
  };
  const send = appOf({ groups: [group("a", [route])] });
  const text = '{"é":1}';
  const headers = {
    authorization: "Signed",
    "x-hash": createHash("sha256").update(text).digest("hex"),
  };
  const { body, reads } = counted(text);
  assert.deepEqual(await (await send("/x", { method: "PATCH", headers, body })).json(), { "é": 1 });
  assert.equal(reads(), 2);
  const codeOf = async (init: RequestInit) =>
    (await (await send("/x", { method: "PATCH", headers, ...init })).json()).code;
  assert.equal(await codeOf({ body: "{}" }), "hash");
  assert.equal(await codeOf({ body: "x".repeat(101) }), "body_too_large");
  const unread = counted(text);
  assert.equal(await codeOf({ headers: {}, body: unread.body }), "mac");
  assert.equal(unread.reads(), 0);
});

Deno.test("a route has its own bound of a body, larger or smaller", async () => {
  const handle: Route["handle"] = async (call) => json((await call.octets()).length);
  const send = appOf({
    groups: [group("a", [
      { method: "POST", path: "/small", maxBody: 8, handle },
      { method: "POST", path: "/large", maxBody: 100_000, handle },
    ])],
  });
  const of = (length: number) => ({ method: "POST", body: "x".repeat(length) });
  assert.equal(await (await send("/small", of(8))).json(), 8);
  const detail = await assertProblem(await send("/small", of(9)), 413, "body_too_large");
  assert.match(detail, /at most 8 octets/);
  assert.equal(await (await send("/large", of(100_000))).json(), 100_000);
});

Deno.test("a DELETE may come without a body, and one that is not UTF-8 is no JSON", async () => {
  const send = appOf({
    groups: [group("a", [
      said("DELETE", "/x", { handle: async (call) => json((await call.octets()).length) }),
      said("PATCH", "/x", { handle: async (call) => json(await call.json()) }),
    ])],
  });
  assert.equal(await (await send("/x", { method: "DELETE" })).json(), 0);
  for (const body of ["", "{", new Uint8Array([0x22, 0xc3, 0x22])]) {
    const detail = await assertProblem(
      await send("/x", { method: "PATCH", body }),
      400,
      "not_json",
    );
    assert.doesNotMatch(detail, /conference/, "the reader serves every door");
  }
});

/** As the rooms of another service speak. */
const errno = group("errno", [
  said("GET", "/v0/room"),
  said("POST", "/v0/room", { maxBody: 4, handle: async (call) => json(await call.json()) }),
  said("DELETE", "/v0/room", {
    handle: () => {
      throw new TypeError("inside");
    },
  }),
], {
  prefix: "/v0",
  renderError: (error, request) =>
    respondTo(
      error,
      request,
      ({ status, message, options }) =>
        Response.json({ code: status, errno: 999, error: message }, {
          status,
          ...(options.headers && { headers: { ...options.headers } }),
        }),
    ),
});

Deno.test("a door writes errors in its own form, also of wrong methods and unknown paths", async () => {
  const send = appOf({ groups: [group("a", [said("GET", "/own")]), errno] });
  const answers: [string, RequestInit, number][] = [
    ["/v0/room", { method: "PUT" }, 405],
    ["/v0/room", { method: "POST", body: "12345" }, 413],
    ["/v0/room", { method: "POST", body: "{" }, 400],
    ["/v0/room", { method: "DELETE" }, 500],
    ["/v0/other", {}, 404],
    ["/v0", {}, 404],
    ["/base/v0/other", { method: "POST" }, 404],
  ];
  for (const [path, init, status] of answers) {
    const response = await send(path, init);
    assert.equal(response.status, status, path);
    const { code, errno, error } = await response.json();
    assert.deepEqual([code, errno], [status, 999]);
    assert.doesNotMatch(error, /inside$/);
    if (status === 405) {
      assert.equal(response.headers.get("allow"), "GET, HEAD, POST, DELETE, OPTIONS");
    }
  }
  await assertProblem(await send("/v0x"), 404, "unknown_path");
  await assertProblem(await send("/own", { method: "PUT" }), 405, "method_not_allowed");
});

Deno.test("an error form that fails is a problem document, not a hang", async () => {
  const renderError = () => {
    throw new TypeError("the inside of the form");
  };
  const send = appOf({ groups: [group("a", [said("GET", "/x")], { renderError, prefix: "/x" })] });
  await assertProblem(await send("/x", { method: "PUT" }), 500, "internal");
  await assertProblem(await send("/x/y"), 500, "internal");
});

Deno.test("a part of the path is decoded exactly once, wherever it stands", async () => {
  const handle: Route["handle"] = (call) => json([call.parameter("a"), call.parameter("b")]);
  const send = appOf({ groups: [group("a", [said("GET", "/x/{a}/y/{b}", { handle })])] });
  const read = async (path: string) => await (await send(path)).json();
  assert.deepEqual(await read("/x/%25C3/y/é?q=/z/%"), ["%C3", "é"]);
  assert.deepEqual(await read("/base/x/1%2F2/y/3"), ["1/2", "3"]);
  await assertProblem(await send("/x/%C3/y/b"), 400, "a_invalid");
  await assertProblem(await send("/x/%/y/b"), 400, "a_invalid");
});
