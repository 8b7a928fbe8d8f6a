import assert from "node:assert/strict";
import { ConnectionGuard } from "../../src/front/connection_guard.ts";
import { type Listen, listenDeno } from "../../src/front/listener.ts";
import { WsFront } from "../../src/front/ws.ts";
import { listenWs } from "../../src/front/ws_listener.ts";
import { Capacity } from "../../src/gateway/capacity.ts";
import { createHttpApp } from "../../src/http/app.ts";
import { configureLogging } from "../../src/log/log.ts";
import { group, said } from "../http/door.ts";

const UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/** The status of a GET whose head is written as it is given. */
async function raw(port: number, target: string, host: string, more: string): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
  await connection.write(new TextEncoder().encode(head));
  const octets = new Uint8Array(64);
  const length = await connection.read(octets) ?? 0;
  return Number(new TextDecoder().decode(octets.subarray(0, length)).split(" ")[1]);
}

const EXPECTED: readonly (readonly [target: string, host: string, status: number])[] = [
  ["/metrics", "queue.example", 200],
  ["/conferences/room%40conference.meet.example", "queue.example:8060", 200],
  ["/conferences/%72oom", "a", 200],
  ["http://queue.example/metrics", "a", 200],
  ["/nothing", "[::1]", 404],
  ["/metrics%20", "a", 404],
  ["/health", "a/metrics?", 400],
  ["/metrics", "[", 400],
  ["/visitor/../metrics", "a", 400],
  ["/visitor/%2e%2e/metrics", "a", 400],
  ["/visitor/.%2E/metrics", "a", 400],
  ["/%6detrics", "a", 400],
  ["/%63onferences/room", "a", 400],
  ["http://queue.example/visitor/../metrics", "a", 400],
];

function fronts(stack: DisposableStack): Record<string, Listen> {
  const capacity = new Capacity(Capacity.share(1, 100), 0);
  const guard = stack.use(new ConnectionGuard(capacity));
  const front = new WsFront();
  return { deno: listenDeno, ws: (options) => listenWs({ front, guard }, options) };
}

Deno.test("both fronts refuse what is no host and what hides a path, without a word in the log", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  configureLogging({ level: "info", format: "json", isolate: "test", write });
  using stack = new DisposableStack();
  const { fetch } = createHttpApp({
    basePath: "",
    groups: [group("a", [said("GET", "/metrics"), said("GET", "/conferences/{c}")])],
  });
  for (const [name, listen] of Object.entries(fronts(stack))) {
    const options = { hostname: "127.0.0.1", port: 0, reusePort: false, handler: fetch };
    const listener = await listen(options);
    for (const [target, host, status] of EXPECTED) {
      for (const more of ["Connection: close\r\n", UPGRADE]) {
        const got = await raw(listener.port, target, host, more);
        assert.equal(got, status, `${name}: ${target} at ${host} ${more}`);
      }
    }
    await listener.stop();
  }
  assert.deepEqual(lines, []);
});
