import assert from "node:assert/strict";
import { isLoopback } from "../../../src/base/loopback.ts";
import { type DemoOptions, demoRoutes } from "../../../src/doors/demo/demo.ts";
import { createHttpApp } from "../../../src/http/app.ts";

const OPTIONS: DemoOptions = {
  mint: (kind, room) => Promise.resolve(`${kind}-token-of-${room}`),
  basePath: "/waiting-queue",
  releaseRate: 50,
  stateIntervalMs: 1000,
};

const ORIGIN = "http://localhost:8060";

interface Mounted {
  request(url: string, init?: RequestInit): Promise<Response>;
}

function mounted(options: Partial<DemoOptions> = {}): Mounted {
  const groups = [demoRoutes({ ...OPTIONS, ...options })];
  const app = createHttpApp({ basePath: "/waiting-queue", groups });
  return { request: async (url, init) => await app.fetch(new Request(url, init)) };
}

const app = mounted();

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return await app.request(`${ORIGIN}${path}`, { headers });
}

/** What a page of the demo links to, as a browser at `path` resolves it. */
async function linksOf(path: string): Promise<string[]> {
  const html = await (await get(path)).text();
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
  return links.map((link) => new URL(link, `${ORIGIN}${path}`).pathname);
}

Deno.test("the page and all that it links to are there, with and without a slash, at both mounts", async () => {
  for (const path of ["/demo", "/demo/", "/waiting-queue/demo", "/waiting-queue/demo/"]) {
    const links = await linksOf(path);
    assert.ok(links.length >= 8, `${links}`);
    for (const link of links) {
      const answer = await get(link);
      assert.equal(answer.status, 200, link);
      assert.ok((await answer.text()).length > 0, link);
    }
  }
});

Deno.test("every module that a module imports is there, as a script", async () => {
  const seen = new Set<string>(["/demo/page.js"]);
  for (const path of seen) {
    const answer = await get(path);
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers.get("content-type"), "text/javascript; charset=utf-8");
    const imports = (await answer.text()).matchAll(/^import .* from "(\.[^"]+)";$/gm);
    for (const [, from] of imports) seen.add(new URL(from!, `${ORIGIN}${path}`).pathname);
  }
  assert.ok(seen.size > 10, `${[...seen]}`);
});

Deno.test("the STOMP client comes from this server, and pages of other origins may use it", async () => {
  const answer = await get("/demo/stomp.umd.js");
  assert.equal(answer.headers.get("cross-origin-resource-policy"), "cross-origin");
  const script = await answer.text();
  assert.match(script, /StompJs/);
  assert.doesNotMatch(script, /sourceMappingURL/);
  const own = await get("/demo/page.js");
  assert.equal(own.headers.get("cross-origin-resource-policy"), "same-origin");
});

Deno.test("the page takes scripts and data from its own origin alone, and in nobody's frame", async () => {
  const answer = await get("/demo");
  const policy = answer.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'self'/);
  assert.match(policy, /connect-src 'self' ws:\/\/localhost:8060 wss:\/\/localhost:8060;/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  const html = await answer.text();
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)/, "no inline script");
  assert.doesNotMatch(html, /\son\w+=|\sstyle=|<style|https?:/, "nothing that the policy forbids");
});

Deno.test("what is not a file of the page is not found", async () => {
  for (
    const path of ["/demo/nothing.js", "/demo/..", "/demo/page/page.js", "/demo/%2e%2e%2fdemo.ts"]
  ) {
    assert.equal((await get(path)).status, 404, path);
  }
});

Deno.test("tokens come for one room, one of each kind, and are never stored", async () => {
  const answer = await get("/demo/tokens?room=calm-otter-42");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.deepEqual(await answer.json(), {
    room: "calm-otter-42",
    conference: "calm-otter-42@conference.demo",
    visitor: "visitor-token-of-calm-otter-42",
    moderator: "moderator-token-of-calm-otter-42",
    system: "system-token-of-calm-otter-42",
    basePath: "/waiting-queue",
    releaseRate: 50,
    stateIntervalMs: 1000,
  });
});

Deno.test("a room whose name would need encoding is a 400 that says which names will do", async () => {
  const names = ["", "a b", "A", "a@b", "a/b", "-a", "a.", "a'b", "a\n", "é", "x".repeat(65)];
  for (const name of names) {
    const answer = await get(`/demo/tokens?room=${encodeURIComponent(name)}`);
    assert.equal(answer.status, 400, JSON.stringify(name));
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.match((await answer.json()).detail, /1 to 64/);
  }
  assert.equal((await get(`/demo/tokens?room=${"x".repeat(64)}`)).status, 200);
});

Deno.test("the demo's own page and clients that are no browser get tokens", async () => {
  const fetched = { "host": "localhost:8060", "sec-fetch-site": "same-origin" };
  assert.equal((await get("/demo/tokens?room=a", fetched)).status, 200);
  assert.equal((await get("/demo/tokens?room=a", { "sec-fetch-site": "none" })).status, 200);
  assert.equal((await get("/demo/tokens?room=a", { origin: ORIGIN })).status, 200);
});

Deno.test("a page of another site, or of another port of this machine, gets no token", async () => {
  const refused: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "origin": "http://evil.example" },
    { "origin": "http://localhost:9999" },
    { "origin": "null" },
  ];
  for (const headers of refused) {
    const answer = await get("/demo/tokens?room=a", headers);
    assert.equal(answer.status, 403, JSON.stringify(headers));
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
    assert.doesNotMatch(await answer.text(), /token-of/);
  }
});

Deno.test("what came through a proxy gets neither tokens nor the page, and is told why", async () => {
  for (
    const name of ["forwarded", "via", "x-forwarded-for", "x-forwarded-proto", "X-Forwarded-Host"]
  ) {
    for (const path of ["/demo", "/demo/", "/demo/tokens?room=a", "/demo/page.js"]) {
      const answer = await get(path, { [name]: "1.2.3.4" });
      assert.equal(answer.status, 403, `${name} ${path}`);
      assert.match((await answer.json()).detail, /answers no proxy/);
    }
  }
});

Deno.test("a name that was rebound to this machine's address gets no token", async () => {
  let minted = 0;
  const counting = mounted({
    mint: () => {
      minted++;
      return Promise.resolve("token");
    },
  });
  const headers = { "host": "evil.example:8060", "sec-fetch-site": "same-origin" };
  const answer = await counting.request("http://evil.example:8060/demo/tokens?room=a", { headers });
  assert.equal(answer.status, 403);
  assert.match((await answer.json()).detail, /http:\/\/localhost/);
  assert.equal(minted, 0);
});

Deno.test("only names and addresses of this machine are loopback", () => {
  for (
    const host of [
      "localhost",
      "localhost:8060",
      "a.localhost",
      "127.0.0.1:1",
      "127.9.9.9",
      "[::1]:8060",
    ]
  ) {
    assert.equal(isLoopback(host), true, host);
  }
  const others = [
    "",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example",
    "10.0.0.1",
  ];
  for (
    const host of [...others, "0.0.0.0", "[::]", "evil@localhost", "evil/localhost", "x?localhost"]
  ) {
    assert.equal(isLoopback(host), false, host);
  }
});

Deno.test("a token that cannot be made is the server's error, not a page without tokens", async () => {
  const broken = mounted({ mint: () => Promise.reject(new Error("no key")) });
  const answer = await broken.request(`${ORIGIN}/demo/tokens?room=a`);
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /no key/);
});
