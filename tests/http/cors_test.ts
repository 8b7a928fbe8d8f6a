import assert from "node:assert/strict";
import { appOf, group, said, type Send } from "./door.ts";
import { assertProblem } from "./support.ts";

const ORIGIN = "https://meet.example";
const CORS = {
  origins: [ORIGIN],
  allowedHeaders: ["Authorization", "x-param-auth"],
  exposedHeaders: ["Retry-After", "Timestamp"],
};

function open(cors = {}): Send {
  const fails = () => {
    throw new RangeError("inside");
  };
  return appOf({
    groups: [
      group(
        "shared",
        [said("PUT", "/rooms"), said("GET", "/rooms"), said("GET", "/fails", { handle: fails })],
        { cors: { ...CORS, ...cors } },
      ),
      group("own", [said("POST", "/golive")]),
    ],
  });
}

function preflight(send: Send, path: string, origin: string): Promise<Response> {
  const headers = { origin, "access-control-request-method": "PUT" };
  return send(path, { method: "OPTIONS", headers });
}

Deno.test("a preflight from an allowed origin learns the methods and headers of the path", async () => {
  const response = await preflight(open(), "/rooms", ORIGIN);
  assert.equal(response.status, 204);
  const { headers } = response;
  assert.equal(headers.get("access-control-allow-origin"), ORIGIN);
  assert.equal(headers.get("access-control-allow-methods"), "GET,HEAD,PUT");
  assert.equal(headers.get("access-control-allow-headers"), "Authorization,x-param-auth");
  assert.equal(headers.get("access-control-allow-credentials"), null);
  assert.match(headers.get("vary")!, /Origin/);
  assert.equal(headers.get("allow"), "GET, HEAD, PUT, OPTIONS");
});

Deno.test("another origin learns nothing, and a cache knows that the origin matters", async () => {
  for (const origin of ["https://evil.example", "null", "http://meet.example"]) {
    const send = open();
    for (
      const response of [
        await preflight(send, "/rooms", origin),
        await send("/rooms", { headers: { origin } }),
      ]
    ) {
      const names = [...response.headers.keys()].filter((name) => name.startsWith("access-"));
      assert.deepEqual(names, []);
      assert.equal(response.headers.get("vary"), "Origin");
    }
  }
  assert.equal((await open()("/rooms")).headers.get("vary"), "Origin");
});

Deno.test("an answer may be read by a page of an allowed origin, an error as well", async () => {
  const send = open();
  for (
    const [path, method, status] of [["/rooms", "GET", 200], ["/rooms", "DELETE", 405], [
      "/fails",
      "GET",
      500,
    ]] as const
  ) {
    const response = await send(path, { method, headers: { origin: ORIGIN } });
    assert.equal(response.status, status);
    assert.equal(response.headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal(response.headers.get("access-control-expose-headers"), "Retry-After,Timestamp");
    assert.equal(response.headers.get("vary"), "Origin");
    await response.body?.cancel();
  }
});

Deno.test("every origin is *, and with credentials the one that asks", async () => {
  const any = await open({ origins: ["*"] })("/rooms", { headers: { origin: ORIGIN } });
  assert.equal(any.headers.get("access-control-allow-origin"), "*");
  const send = open({ origins: ["*"], credentials: true });
  const named = await send("/rooms", { headers: { origin: ORIGIN } });
  assert.equal(named.headers.get("access-control-allow-origin"), ORIGIN);
  assert.equal(named.headers.get("access-control-allow-credentials"), "true");
  assert.equal(named.headers.get("vary"), "Origin");
});

Deno.test("a door that asks for no CORS has none", async () => {
  const send = open();
  const response = await preflight(send, "/golive", ORIGIN);
  assert.equal(response.status, 204);
  assert.deepEqual([...response.headers.keys()], ["allow"]);
  const wrong = await send("/golive", { headers: { origin: ORIGIN } });
  assert.equal(wrong.headers.get("access-control-allow-origin"), null);
  await assertProblem(wrong, 405, "method_not_allowed");
});
