/**
 * Peers that do not read, do not answer, or never stop talking, over both fronts: each is gone within
 * a bound, and nobody else waits for it. All of it at once, since most of the time is waiting.
 *
 * @module
 */

import assert from "node:assert/strict";
import { HoldingProxy } from "../support/holding_proxy.ts";
import { Flood, type FloodPlan } from "../support/flood.ts";
import { metric } from "../support/operator.ts";
import { residentMemory } from "../support/resident.ts";
import { encodeFrame, OP, RawWebSocket } from "../support/raw_websocket.ts";
import { Service } from "../support/service.ts";
import { frame, STATE_TOPIC, StompSocket, VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { moderatorToken, systemToken, visitorToken } from "../support/tokens.ts";
import { FRONTS, type Rule } from "./setups.ts";

const HOST = "conference.meet.example";
const SETTINGS = { CONNECT_TIMEOUT_MS: "2000", STATE_INTERVAL_MS: "10", HEARTBEAT_MS: "1000" };

/** A dead peer must have left the count within this time (C62). */
const GONE_MS = 60_000;
/** From our Close until a peer that does not answer it is cut (F06), and how late that may be. */
const CLOSE_MS = 5_000;
const LATE_MS = 3_000;
/** How long anybody else may have to wait for an answer on a busy machine. */
const PROMPT_MS = 2_000;
/** How long somebody floods the service who is not stopped. */
const FLOOD_MS = 5_000;
/** What one peer may make the service take, in MiB. */
const MAX_GROWTH = 100;

async function waiting({ http }: Service, conference: string): Promise<number> {
  const headers = { authorization: `Bearer ${await systemToken()}` };
  const url = `${http}/conferences/${encodeURIComponent(conference)}`;
  return (await (await fetch(url, { headers })).json()).visitorsWaiting;
}

function connections(service: Service): Promise<number> {
  return metric(service, "waiting_queue_connections");
}

/** The milliseconds until `holds`. @throws {Error} it did not within `mostMs`. */
async function timeUntil(holds: () => Promise<boolean>, mostMs: number): Promise<number> {
  const began = performance.now();
  while (!await holds()) {
    if (performance.now() - began > mostMs) throw new Error(`Not within ${mostMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return performance.now() - began;
}

/** The milliseconds that a client in good standing waits for a RECEIPT. */
async function roundTrip(client: StompSocket): Promise<number> {
  const began = performance.now();
  await client.send("ACK", { id: "x", receipt: "prompt" });
  await client.expect("RECEIPT");
  return performance.now() - began;
}

type Plan = Omit<FloodPlan, "port" | "ms">;

async function connectFrame(): Promise<string> {
  const authorization = `Bearer ${await visitorToken("*")}`;
  return frame("CONNECT", { "accept-version": "1.2", Authorization: authorization });
}

/** A flood is cut while what it makes the service keep is little. */
async function growsLittle(service: Service, plan: Plan): Promise<void> {
  const before = residentMemory(service);
  using _flood = await Flood.begin({ ...plan, port: service.port, ms: 3 * FLOOD_MS });
  await timeUntil(async () => await connections(service) === 0, CLOSE_MS + LATE_MS);
  const growth = residentMemory(service) - before;
  assert.ok(growth < MAX_GROWTH, `${growth} MiB`);
}

/** While there is a flood, others are answered. */
async function holdsUpNobody(service: Service, plan: Plan): Promise<void> {
  using client = await StompSocket.connect(service.port, await visitorToken("*"));
  using flood = await Flood.begin({ ...plan, port: service.port, ms: FLOOD_MS });
  let over = false;
  const end = flood.over.then(() => void (over = true));
  let longest = 0;
  while (!over) {
    longest = Math.max(longest, await roundTrip(client));
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  assert.ok(longest < PROMPT_MS, `another waited for ${longest} ms`);
}

/** The network goes away under two visitors; a third, which only answers pings, stays. */
const halfOpen: Rule = async (service) => {
  const conference = `halfopen@${HOST}`;
  const token = await visitorToken("halfopen");
  await using proxy = new HoldingProxy(service.port);
  using stack = new DisposableStack();
  for (const [port, beats] of [[proxy.port, "0,0"], [proxy.port, "10000,10000"]] as const) {
    const visitor = stack.use(await StompSocket.connect(port, token, { "heart-beat": beats }));
    await visitor.subscribe(VISITOR_TOPIC + conference);
    await visitor.expect("RECEIPT");
  }
  // A hidden tab: its timers sleep, and its browser answers pings.
  using hidden = await StompSocket.visitor(service.port, token, conference);
  const answering = hidden.socket.readClose();
  assert.equal(await waiting(service, conference), 3);
  proxy.hold();
  await timeUntil(async () => await waiting(service, conference) === 1, GONE_MS);
  assert.equal(await connections(service), 1);
  hidden[Symbol.dispose]();
  await answering;
};

const rules: Readonly<Record<string, Rule>> = {
  "F06, C80: a Close that is not answered": async (service, front) => {
    using socket = await RawWebSocket.handshake(service.port);
    await socket.text("FOO\n\n\0");
    const ended = socket.readClose();
    await timeUntil(async () => await connections(service) === 0, CLOSE_MS + LATE_MS);
    assert.equal(await ended, 1002);
    // The runtime's server cannot end the connection itself.
    if (front === "ws") assert.equal(await socket.read(), undefined);
  },

  "F01, F02: a moderator that stops reading is cut, and another hears every count": async (
    service,
  ) => {
    const room = "r".repeat(900);
    const conference = `${room}@${HOST}`;
    const token = await moderatorToken("*");
    using stalled = await StompSocket.connect(service.port, token, { "heart-beat": "0,1000" });
    for (let i = 0; i < 16; i++) {
      await stalled.send("SUBSCRIBE", { id: `s${i}`, destination: STATE_TOPIC + conference });
    }
    using moderator = await StompSocket.moderator(service.port, token, conference);
    assert.equal((await moderator.message()).visitorsWaiting, 0);
    const cutBefore = await metric(service, "waiting_queue_slow_peers_cut_total");
    using stack = new DisposableStack();
    const visitors: StompSocket[] = [];
    for (let i = 0; i < 8; i++) {
      visitors.push(stack.use(await StompSocket.connect(service.port, await visitorToken("*"))));
    }
    let cut = 0;
    for (let i = 0; i < 400 && cut === 0; i++) {
      const visitor = visitors[i % visitors.length]!;
      await visitor.send("SUBSCRIBE", { id: "v", destination: VISITOR_TOPIC + conference });
      assert.equal((await moderator.message()).visitorsWaiting, 1);
      await visitor.send("UNSUBSCRIBE", { id: "v" });
      assert.equal((await moderator.message()).visitorsWaiting, 0);
      if (i % 10 === 0) {
        cut = await metric(service, "waiting_queue_slow_peers_cut_total") - cutBefore;
      }
    }
    assert.equal(cut, 1);
    assert.equal(await connections(service), 1 + visitors.length);
  },

  "F03: pings that are not listened to, before CONNECT": async (service) => {
    const ping = encodeFrame(OP.ping, "x".repeat(125));
    await growsLittle(service, { octets: ping, reads: false });
  },

  "F01: receipts that are asked for without end and never read": async (service) => {
    const ask = frame("ACK", { id: "x", receipt: "r".repeat(8_000) });
    const octets = encodeFrame(OP.text, ask);
    await growsLittle(service, { connect: await connectFrame(), octets, reads: false });
  },

  "F07, F09: a stranger that sends beats without end": async (service) => {
    await holdsUpNobody(service, { octets: encodeFrame(OP.text, "\n"), reads: true });
  },

  "F07, F09: a stranger that sends the longest messages of beats": async (service) => {
    const octets = encodeFrame(OP.text, "\r\n".repeat(30_000));
    await holdsUpNobody(service, { octets, reads: true });
  },

  "F09: a visitor that sends frames without end": async (service) => {
    const connect = await connectFrame();
    const octets = encodeFrame(OP.text, frame("ACK", { id: "x" }).repeat(5_000));
    await holdsUpNobody(service, { connect, octets, reads: true });
  },

  "none of it is left": async (service) => {
    await timeUntil(async () => await connections(service) === 0, CLOSE_MS + LATE_MS);
    assert.deepEqual(service.log.filter(({ level }) => level === "error"), []);
  },
};

/** Steps at the same time may not have their resources told apart. */
const AT_ONCE = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

Deno.test("Slow and dead peers", async (t) => {
  await Promise.all(FRONTS.flatMap((front) => [
    t.step({
      name: `C62, F04: whoever is cut off leaves the count within a minute (${front})`,
      ...AT_ONCE,
      async fn() {
        await using service = await Service.start({ WEBSOCKET_SERVER: front });
        await halfOpen(service, front);
      },
    }),
    t.step({
      name: front,
      ...AT_ONCE,
      async fn(t) {
        await using service = await Service.start({ ...SETTINGS, WEBSOCKET_SERVER: front });
        for (const [name, rule] of Object.entries(rules)) {
          await t.step({ name: `${name} (${front})`, ...AT_ONCE, fn: () => rule(service, front) });
        }
      },
    }),
  ]));
});
