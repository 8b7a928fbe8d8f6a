import assert from "node:assert/strict";
import { targetProblem } from "../../src/http/target.ts";

const code = (target: string, host?: string | null) => targetProblem(target, host)?.code;

Deno.test("an ordinary target passes", () => {
  const targets = [
    "/",
    "//",
    "/golive",
    "/golive?x=/../y&z=%2e%2e\\",
    "/conferences/room%40conference.meet.example",
    "/conferences/%72oom@x",
    "/conferences/...",
    "/.well-known/x",
    "/a.b/..c/d..",
    "/visitor/websocket",
    "http://queue.example/golive",
    "HTTPS://queue.example:443/golive?x",
    "http://queue.example",
    "*",
  ];
  for (const target of targets) assert.equal(code(target, "queue.example"), undefined, target);
});

Deno.test("dot segments, plain or encoded, and what hides one are refused", () => {
  const targets = [
    "/visitor/../metrics",
    "/visitor/%2e%2e/metrics",
    "/visitor/%2E./metrics",
    "/./golive",
    "/golive/.",
    "/golive/..",
    "/golive/%2e?x",
    "http://queue.example/visitor/../metrics",
    "/visitor\\..\\metrics",
    "/golive#/health",
    "/vis itor",
    "/visitor/.\t./metrics",
    "golive",
    "ftp://queue.example/golive",
  ];
  for (const target of targets) assert.equal(code(target, "queue.example"), "path_invalid", target);
});

Deno.test("a host is a name or an address, with or without a port", () => {
  const hosts = [
    "a",
    "a.example",
    "under_score:8060",
    "127.0.0.1",
    "[::1]:80",
    "xn--bcher-kva.example",
    null,
  ];
  for (const host of hosts) assert.equal(code("/golive", host), undefined, String(host));
  const wrong = [
    "a/golive?",
    "[",
    "[::1",
    "",
    " ",
    "a b",
    "a@b",
    "a:99999",
    "a:b",
    "a,b",
    "a#b",
    "a\\b",
    "1.2.3.4.5",
    "x".repeat(300),
  ];
  for (const host of wrong) {
    assert.equal(code("/golive", host), "host_invalid", host);
  }
});

Deno.test("an absolute target names a host as well", () => {
  for (const target of ["http://[/golive", "http:///golive", "http://a@b/golive", "http://a:b/"]) {
    assert.equal(code(target, "queue.example"), "host_invalid", target);
  }
});
