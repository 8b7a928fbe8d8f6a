import assert from "node:assert/strict";
import { mayUpgrade, originAllowed, originRefused } from "../../src/http/origin.ts";
import type { SocketMount } from "../../src/http/route.ts";
import { overCapacity, upgradeProblem } from "../../src/http/upgrade.ts";
import { assertProblem, testApp, UPGRADE } from "./support.ts";

const PATHS = [
  "/visitor",
  "/visitor/websocket",
  "/state",
  "/state/websocket",
  "/moderator",
  "/moderator/websocket",
];

const upgraded = () => new Response("upgraded");

function mount(upgrade: SocketMount["upgrade"] = upgraded): { sockets: SocketMount[] } {
  return { sockets: [{ paths: PATHS, upgrade }] };
}

function check(changes: Record<string, string | undefined>, method = "GET"): Response | undefined {
  const headers = new Headers();
  for (const [name, value] of Object.entries({ ...UPGRADE, ...changes })) {
    if (value !== undefined) headers.set(name, value);
  }
  const request = new Request("http://queue.example/visitor", { method, headers });
  return upgradeProblem(request)?.toResponse();
}

Deno.test("every WebSocket path upgrades, at the root and under the base path", async () => {
  const paths: string[] = [];
  const { fetch } = testApp(mount((request) => {
    paths.push(new URL(request.url).pathname);
    return upgraded();
  }));
  const all = PATHS.flatMap((path) => [path, `/waiting-queue${path}`]);
  for (const path of all) {
    assert.equal(await (await fetch(path, { headers: UPGRADE })).text(), "upgraded");
  }
  assert.deepEqual(paths, all);
});

Deno.test("the response of an upgrade is passed on untouched", async () => {
  const response = new Response(null, { status: 200 });
  const { app } = testApp(mount(() => response));
  const request = new Request("http://queue.example/visitor/websocket", { headers: UPGRADE });
  assert.equal(await app.fetch(request), response);
  assert.deepEqual([...response.headers], []);
});

Deno.test("an upgrade that throws is 500", async () => {
  const { fetch } = testApp(mount(() => {
    throw new TypeError("cannot upgrade");
  }));
  await assertProblem(await fetch("/visitor", { headers: UPGRADE }), 500, "internal");
});

Deno.test("C07: a WebSocket path without an upgrade is 426 with Upgrade", async () => {
  const { fetch } = testApp(mount());
  for (const path of PATHS) {
    const response = await fetch(path);
    assert.equal(response.headers.get("upgrade"), "websocket");
    assert.equal(response.headers.get("connection"), "Upgrade");
    await assertProblem(response, 426, "upgrade_required");
  }
  for (const changes of [{ upgrade: undefined }, { upgrade: "h2c" }, { connection: "close" }]) {
    await assertProblem(check(changes)!, 426, "upgrade_required");
  }
  const head = await fetch("/visitor", { method: "HEAD", headers: UPGRADE });
  assert.equal(head.status, 426);
});

Deno.test("C07: another path is a clean 404, with and without an upgrade", async () => {
  const { fetch } = testApp(mount());
  const paths = ["/visitors-list/websocket", "/visitor/", "/Visitor", "/visitor/websocket/x", "//"];
  for (const path of paths) {
    await assertProblem(await fetch(path, { headers: UPGRADE }), 404, "unknown_path");
    await assertProblem(await fetch(`/waiting-queue${path}`), 404, "unknown_path");
  }
});

Deno.test("C07: another version of the protocol is 426 and names version 13", async () => {
  for (const version of ["12", "8", "", undefined, "13, 8"]) {
    const response = check({ "sec-websocket-version": version })!;
    assert.equal(response.headers.get("sec-websocket-version"), "13");
    assert.equal(response.headers.get("upgrade"), "websocket");
    await assertProblem(response, 426, "websocket_version");
  }
});

Deno.test("C07: a missing or bad key is 400", async () => {
  for (const key of [undefined, "", "short", "dGhlIHNhbXBsZSBub25jZQ", "!".repeat(22) + "=="]) {
    await assertProblem(check({ "sec-websocket-key": key })!, 400, "websocket_key_invalid");
  }
});

Deno.test("an upgrade may spell its headers as the standard allows", () => {
  assert.equal(check({}), undefined);
  assert.equal(check({ upgrade: "WebSocket", connection: "upgrade" }), undefined);
  assert.equal(check({ upgrade: "foo, websocket", connection: "close,UPGRADE" }), undefined);
});

Deno.test("another method on a WebSocket path is 405 with Allow", async () => {
  const { fetch } = testApp(mount());
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const response = await fetch("/visitor/websocket", { method, headers: UPGRADE });
    assert.equal(response.headers.get("allow"), "GET");
    await assertProblem(response, 405, "method_not_allowed");
  }
});

Deno.test("C08: without an allow-list any origin passes", () => {
  for (const origin of ["https://evil.example", "null", undefined, null, ""]) {
    assert.equal(originAllowed(origin, ["*"]), true);
  }
});

Deno.test("C08: with an allow-list a listed origin passes, another does not, a missing one does", () => {
  const allowed = ["https://meet.example", "http://localhost:8080"];
  assert.equal(originAllowed("https://meet.example", allowed), true);
  assert.equal(originAllowed("HTTPS://Meet.Example", allowed), true);
  assert.equal(originAllowed("http://localhost:8080", allowed), true);
  assert.equal(originAllowed(null, allowed), true);
  assert.equal(originAllowed(undefined, allowed), true);
  for (
    const origin of [
      "http://meet.example",
      "https://meet.example:8443",
      "https://meet.example.evil",
      "https://evil.example",
      "https://x.meet.example",
      "null",
    ]
  ) assert.equal(originAllowed(origin, allowed), false, origin);
});

Deno.test("C08: the service's own host passes any allow-list, as React Native sends it", () => {
  const passes = (origin: string, host: string) =>
    mayUpgrade(new Request("http://x/visitor", { headers: { origin, host } }), []);
  const own = [
    ["https://queue.example", "queue.example"],
    ["https://Queue.example", "queue.EXAMPLE:443"],
    ["https://queue.example:443", "queue.example"],
    ["http://127.0.0.1:8060", "127.0.0.1:8060"],
    ["wss://queue.example", "queue.example"],
    ["https://[::1]:8060", "[::1]:8060"],
  ] as const;
  for (const [origin, host] of own) assert.equal(passes(origin, host), true, origin);
  const others = [
    ["https://evil.example", "queue.example"],
    ["https://queue.example:8443", "queue.example"],
    ["https://queue.example.evil.example", "queue.example"],
    ["null", "null"],
    ["file://queue.example", "queue.example"],
    ["queue.example", "queue.example"],
  ] as const;
  for (const [origin, host] of others) assert.equal(passes(origin, host), false, origin);
});

Deno.test("C08: the refusal of an origin is 403, that for lack of room 503 with Retry-After", async () => {
  await assertProblem(originRefused(), 403, "origin_not_allowed");
  await assertProblem(overCapacity(), 503, "over_capacity");
});

Deno.test("the response of the runtime's upgrade reaches the client", async () => {
  const { app } = testApp(mount((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = (event) => socket.send(`echo ${event.data}`);
    return response;
  }));
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (r) => app.fetch(r));
  const socket = new WebSocket(
    `ws://127.0.0.1:${server.addr.port}/waiting-queue/visitor/websocket`,
  );
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  socket.onopen = () => socket.send("hello");
  socket.onmessage = (event) => resolve(event.data);
  socket.onerror = () => reject(new Error("the upgrade failed"));
  assert.equal(await promise, "echo hello");
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  await server.shutdown();
});
