/**
 * Requests that are never finished, never read, or too big, over both fronts. Most of the time is
 * waiting for deadlines, so all of it happens at once.
 *
 * @module
 */

import assert from "node:assert/strict";
import { RawPeer, upgradeHead } from "../support/raw_peer.ts";
import { residentMemory } from "../support/resident.ts";
import { Service } from "../support/service.ts";
import { StompSocket, VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { systemToken, visitorToken } from "../support/tokens.ts";
import { FRONTS, type Rule } from "./setups.ts";

const CONFERENCE = "abuse@conference.meet.example";

/** Heads and bodies must be there within this time, and how late the end may be. */
const DEADLINE_MS = 10_000;
const LATE_MS = 4_000;
/** How long anybody else may have to wait for an answer on a busy machine. */
const PROMPT_MS = 2_000;
/** What one peer may make the service take, in MiB. */
const MAX_GROWTH = 100;
/** Unfinished heads that are held at a time. */
const HELD = 500;

const encoder = new TextEncoder();

function head(request: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ Host: "x", ...headers }).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  return `${request} HTTP/1.1\r\n${lines.join("")}`;
}

async function goLiveHead(headers: Readonly<Record<string, string>>): Promise<string> {
  const all = { Authorization: `Bearer ${await systemToken()}`, ...headers };
  return `${head("POST /golive", all)}\r\n`;
}

/** What came of a request by the time at which it must be over. */
interface Fate {
  readonly text: string;
  readonly ended: boolean;
}

/** Sends `first` at once, then `drip` again and again until the deadline is over. */
async function fateOf({ port }: Service, first: string | Uint8Array, drip = ""): Promise<Fate> {
  using peer = await RawPeer.open(port);
  await peer.write(typeof first === "string" ? encoder.encode(first) : first);
  const dripping = drip
    ? setInterval(() => void peer.write(encoder.encode(drip)), DEADLINE_MS / 20)
    : undefined;
  const over = Promise.withResolvers<"late">();
  const timer = setTimeout(() => over.resolve("late"), DEADLINE_MS + LATE_MS);
  const outcome = await Promise.race([peer.received, over.promise]);
  clearInterval(dripping);
  clearTimeout(timer);
  peer[Symbol.dispose]();
  return { text: new TextDecoder().decode(await peer.received), ended: outcome !== "late" };
}

/** A newcomer gets in, and one who waits is answered, both at once. */
async function othersAreServed({ port }: Service, waiting: StompSocket): Promise<void> {
  const began = performance.now();
  await waiting.send("ACK", { id: "x", receipt: "prompt" });
  await waiting.expect("RECEIPT");
  using newcomer = await StompSocket.connect(port, await visitorToken("*"));
  await newcomer.subscribe(VISITOR_TOPIC + CONFERENCE);
  await newcomer.expect("RECEIPT");
  const wait = performance.now() - began;
  assert.ok(wait < PROMPT_MS, `others waited for ${wait} ms`);
}

const unfinished = new TextDecoder().decode(upgradeHead(0)).slice(0, -2);

const rules: Readonly<Record<string, Rule>> = {
  "F08: a head that does not end in time": async (service, front) => {
    const fates = await Promise.all([
      fateOf(service, ""),
      fateOf(service, "GET /vis"),
      fateOf(service, unfinished),
      fateOf(service, unfinished, "X-Drip: x\r\n"),
      fateOf(service, "GET /health HTTP/1.1\r\n", "x"),
    ]);
    // The runtime's server waits for ever: there a proxy in front must bound it.
    for (const { ended } of fates) assert.equal(ended, front === "ws");
    for (const { text } of fates) assert.doesNotMatch(text, /^HTTP\/1.1 [12]/);
  },

  "F08: a body that does not come in time": async (service, front) => {
    const fates = await Promise.all([
      fateOf(service, await goLiveHead({ "Content-Length": "100" })),
      fateOf(service, await goLiveHead({ "Content-Length": "100" }), "{"),
      fateOf(service, await goLiveHead({ "Transfer-Encoding": "chunked" }), "1\r\n{\r\n"),
    ]);
    for (const { text, ended } of fates) {
      assert.match(text, /^HTTP\/1\.1 408 /);
      // The runtime's server says `connection: close` and leaves that to the peer.
      if (front === "ws") assert.ok(ended);
    }
  },

  "J31: without a token nobody waits for the body": async ({ port }) => {
    using peer = await RawPeer.open(port);
    await peer.write(encoder.encode(head("POST /golive", { "Content-Length": "100" }) + "\r\n"));
    assert.match(await peer.until("\r\n\r\n"), /^HTTP\/1\.1 401 /);
  },

  "F10, J32: a body that says how big it is": async ({ port }) => {
    using peer = await RawPeer.open(port);
    await peer.write(encoder.encode(await goLiveHead({ "Content-Length": String(2 ** 40) })));
    assert.match(await peer.until("\r\n\r\n"), /^HTTP\/1\.1 413 /);
  },

  "F10: a head that is too big, and what is no HTTP": async (service) => {
    const heads = [
      head("GET /health", { "X-Big": "x".repeat(300_000) }) + "\r\n",
      `GET /${"x".repeat(300_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      head("GET /health", {}) + "a: b\r\n".repeat(30_000) + "\r\n",
      new Uint8Array([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0, 0]),
      "CONNECT\naccept-version:1.2\n\n\0",
    ];
    for (const { text, ended } of await Promise.all(heads.map((each) => fateOf(service, each)))) {
      assert.ok(ended);
      assert.match(text, /^(HTTP\/1\.1 4\d\d |$)/);
    }
  },

  "F08: many unfinished heads hold up nobody": async (service) => {
    using waiting = await StompSocket.visitor(service.port, await visitorToken("*"), CONFERENCE);
    using stack = new DisposableStack();
    for (let i = 0; i < HELD; i++) {
      const peer = stack.use(await RawPeer.open(service.port));
      await peer.write(encoder.encode(unfinished));
    }
    await othersAreServed(service, waiting);
  },
};

/** Floods, one after the other, on a service of their own. */
const floods: Readonly<Record<string, Rule>> = {
  "F01, F08: requests without end whose answers are never read": async (service) => {
    using waiting = await StompSocket.visitor(service.port, await visitorToken("*"), CONFERENCE);
    const before = residentMemory(service);
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: service.port });
    const batch = encoder.encode(`${head("GET /openapi.json", {})}\r\n`.repeat(1_000));
    const flooding = (async () => {
      for (;;) await conn.write(batch);
    })().catch(() => {});
    for (let i = 0; i < 10; i++) {
      await othersAreServed(service, waiting);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const growth = residentMemory(service) - before;
    conn.close();
    await flooding;
    assert.ok(growth < MAX_GROWTH, `${growth} MiB`);
  },
};

/** Steps at the same time may not have their resources told apart. */
const AT_ONCE = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

Deno.test("HTTP abuse", async (t) => {
  await using stack = new AsyncDisposableStack();
  const steps: Promise<boolean>[] = [];
  for (const front of FRONTS) {
    for (const group of [rules, floods]) {
      const service = stack.use(await Service.start({ WEBSOCKET_SERVER: front }));
      for (const [name, rule] of Object.entries(group)) {
        const fn = () => rule(service, front);
        steps.push(t.step({ name: `${name} (${front})`, ...AT_ONCE, fn }));
      }
    }
  }
  await Promise.all(steps);
});
