/**
 * Peers that misbehave, over both fronts: each gets a clear end, and nobody else notices.
 *
 * @module
 */

import assert from "node:assert/strict";
import { goLive } from "../support/rest.ts";
import { encodeFrame, OP, RawWebSocket } from "../support/raw_websocket.ts";
import type { Service } from "../support/service.ts";
import { frame, parse, STATE_TOPIC, StompSocket, VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { clientToken, moderatorToken, systemToken, visitorToken } from "../support/tokens.ts";
import { eachFront } from "./setups.ts";

const CONFERENCE = "wire@conference.meet.example";
/** Each of a MiB, in a message that is far too big. */
const FRAGMENTS = 64;
const SETTINGS = { CONNECT_TIMEOUT_MS: "1000", STATE_INTERVAL_MS: "100" };

/** The peer gets an ERROR, then this Close, and nothing more. */
async function refused(stomp: StompSocket, code: number): Promise<Record<string, string>> {
  const error = await stomp.expect("ERROR");
  assert.ok(error.headers.message, "a short message");
  assert.equal(error.headers["content-type"], "text/plain");
  assert.equal(
    Number(error.headers["content-length"]),
    new TextEncoder().encode(error.body).length,
  );
  const close = await stomp.socket.read();
  assert.equal(close?.op, OP.close, "nothing between the ERROR and the Close");
  assert.equal(close.payload[0]! * 256 + close.payload[1]!, code);
  return { ...error.headers, body: error.body };
}

async function open(service: Service): Promise<StompSocket> {
  return await StompSocket.connect(service.port, await visitorToken("wire"));
}

eachFront("Hostile peers", SETTINGS, {
  "C44: no token, a bad one and another's": async ({ port }) => {
    const expired = await visitorToken("wire", { ttlSec: -120 });
    const foreign = await visitorToken("wire", { secret: "somebody else's secret, long enough" });
    for (const token of [undefined, "x", "a.b.c", expired, foreign]) {
      using stomp = await StompSocket.open(port, token);
      const { message, body } = await refused(stomp, 1008);
      assert.ok(!`${message}${body}`.match(/expired|signature|key/i), "no detail for an attacker");
    }
  },

  "C46: anything before CONNECT": async ({ port }) => {
    const frames = [
      frame("SUBSCRIBE", { id: "1", destination: VISITOR_TOPIC + CONFERENCE }),
      frame("SEND", { destination: "/x" }, "body"),
      frame("DISCONNECT", { receipt: "1" }),
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n\0",
      "\x01\x02\x03\n\n\0",
    ];
    for (const octets of frames) {
      using socket = await RawWebSocket.handshake(port);
      await socket.text(octets);
      assert.equal(parse(await socket.readText()).command, "ERROR", octets);
      assert.equal(await socket.readClose(), 1002, octets);
    }
  },

  "C47: a second CONNECT never replaces the first identity": async (service) => {
    using stomp = await open(service);
    await stomp.send("CONNECT", {
      "accept-version": "1.2",
      Authorization: `Bearer ${await systemToken()}`,
    });
    await refused(stomp, 1002);
  },

  "C48: where the token is refused, the frames behind it are not executed": async ({ port }) => {
    using socket = await RawWebSocket.handshake(port);
    const destination = VISITOR_TOPIC + CONFERENCE;
    await socket.text(
      frame("CONNECT", { "accept-version": "1.2", Authorization: "Bearer a.b.c" }) +
        frame("SUBSCRIBE", { id: "1", destination, receipt: "r" }),
    );
    assert.equal(parse(await socket.readText()).command, "ERROR");
    assert.equal(await socket.readClose(), 1008);
  },

  "C51: a socket that never sends CONNECT, or never the end of it, is closed": async ({ port }) => {
    using silent = await RawWebSocket.handshake(port);
    using dripping = await RawWebSocket.handshake(port);
    const drip = setInterval(() => dripping.text("C").catch(() => {}), 200);
    try {
      assert.equal(await silent.readClose(), 1008);
      assert.ok([1008, 1002].includes(await dripping.readClose() ?? 0));
    } finally {
      clearInterval(drip);
    }
  },

  "C51: whoever is connected survives the deadline": async (service) => {
    using stomp = await open(service);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    await stomp.subscribe(VISITOR_TOPIC + CONFERENCE);
    await stomp.expect("RECEIPT");
  },

  "C65, C66, J34: destinations that do not exist": async (service) => {
    const destinations = [
      "",
      "/secured/conference/visitor/topic.",
      "/secured/conference/visitor/topic.*",
      "/secured/conference/visitor/topic.#",
      `/secured/conference/visitor/../state/topic.${CONFERENCE}`,
      `/secured//conference/visitor/topic.${CONFERENCE}`,
      `/secured/conference/visitor/topic.${CONFERENCE}.`,
      `/secured/conference/visitor/topic.${CONFERENCE}/resource`,
      `/secured/conference/visitor/topic.a@b@c`,
      `/Secured/conference/visitor/topic.${CONFERENCE}`,
      "/topic/x",
      ">",
      "**",
    ];
    for (const destination of destinations) {
      using stomp = await open(service);
      await stomp.subscribe(destination);
      const error = await stomp.expect("ERROR");
      assert.equal(error.headers["receipt-id"], "r-s0", destination);
      assert.ok([1002, 1008].includes(await stomp.socket.readClose() ?? 0), destination);
    }
  },

  "J20, J28, J29, J30, J33: what a token does not cover": async ({ port }) => {
    const visitor = VISITOR_TOPIC + CONFERENCE;
    const state = STATE_TOPIC + CONFERENCE;
    const other = `${VISITOR_TOPIC}other@conference.meet.example`;
    const cases: [string, string][] = [
      [await visitorToken("wire"), state],
      [await visitorToken("wire"), other],
      [await moderatorToken("wire"), visitor],
      [await systemToken(), state],
      [await clientToken("wire", { moderator: true, role: "visitor" }), state],
    ];
    for (const [token, destination] of cases) {
      using stomp = await StompSocket.connect(port, token);
      await stomp.send("SUBSCRIBE", { id: "1", destination, Authorization: "Bearer x" });
      await refused(stomp, 1008);
    }
  },

  "J28: who is neither a visitor nor a moderator is refused at CONNECT": async ({ port }) => {
    for (const user of [{}, { moderator: "false" }, { moderator: "TRUE" }, { moderator: 1 }]) {
      using stomp = await StompSocket.open(port, await clientToken("wire", user));
      await stomp.subscribe(STATE_TOPIC + CONFERENCE);
      await refused(stomp, 1008);
    }
  },

  "C73, C74: SEND, transactions and unknown commands": async (service) => {
    for (const command of ["SEND", "BEGIN", "COMMIT", "ABORT", "MESSAGE", "subscribe", "FOO"]) {
      using stomp = await open(service);
      await stomp.send(command, { destination: VISITOR_TOPIC + CONFERENCE, transaction: "1" });
      assert.equal((await stomp.expect("ERROR")).command, "ERROR");
      assert.ok([1002, 1008].includes(await stomp.socket.readClose() ?? 0), command);
    }
  },

  "C77: DISCONNECT with a receipt waits for the peer, without one closes": async (service) => {
    using polite = await open(service);
    await polite.send("DISCONNECT", { receipt: "bye" });
    assert.equal((await polite.expect("RECEIPT")).headers["receipt-id"], "bye");
    await polite.socket.closeWith(1000);
    assert.equal(await polite.socket.readClose(), 1000);
    using slow = await open(service);
    await slow.send("DISCONNECT", { receipt: "bye" });
    await slow.expect("RECEIPT");
    assert.equal(await slow.socket.readClose(), 1000);
    using brief = await open(service);
    await brief.send("DISCONNECT");
    assert.equal(await brief.socket.readClose(), 1000);
  },

  "C80, F06: a peer that never answers our Close is cut": async ({ port }) => {
    using stomp = await StompSocket.open(port, "a.b.c");
    await refused(stomp, 1008);
    assert.equal(await stomp.socket.read(), undefined);
  },

  "C82: a frame that is too big, before and after CONNECT": async (service) => {
    using before = await RawWebSocket.handshake(service.port);
    await before.text(frame("CONNECT", { Authorization: "x".repeat(40_000) }));
    assert.equal(parse(await before.readText()).command, "ERROR");
    assert.equal(await before.readClose(), 1009);
    using after = await open(service);
    await after.send("SUBSCRIBE", { id: "1", destination: "x".repeat(70_000) });
    await refused(after, 1009);
  },

  "C82, F10: a message in fragments that never end": async ({ port }, front) => {
    // The runtime's own server gathers fragments without bound before anyone sees them.
    if (front === "deno") return;
    using socket = await RawWebSocket.handshake(port);
    const closing = socket.readClose();
    const mib = new Uint8Array(2 ** 20).fill(0x41);
    let taken = 0;
    for (let ended = false; !ended && taken < FRAGMENTS; taken++) {
      const fragment = encodeFrame(taken ? OP.continuation : OP.text, mib, { fin: false });
      ended = await socket.write(fragment).then(() => false, () => true);
    }
    assert.equal(await closing, 1009);
    // What the system's buffers hold is taken, and not much more: nobody reads on.
    assert.ok(taken < FRAGMENTS / 2, `${taken} of ${FRAGMENTS} MiB were taken`);
  },

  "C83: a frame that never ends, an octet a message": async (service) => {
    using stomp = await open(service);
    const octet = encodeFrame(OP.text, "x");
    const train = new Uint8Array(octet.length * 10_000);
    for (let i = 0; i < 10_000; i++) train.set(octet, i * octet.length);
    const writing = (async () => {
      for (let i = 0; i < 10; i++) await stomp.socket.write(train);
    })().catch(() => {});
    assert.equal((await stomp.expect("ERROR")).command, "ERROR");
    stomp[Symbol.dispose]();
    await writing;
  },

  "C84: too many subscriptions, and F09 too many SUBSCRIBE frames": async (service) => {
    using many = await open(service);
    for (let i = 0; i < 20; i++) {
      await many.send("SUBSCRIBE", { id: `${i}`, destination: VISITOR_TOPIC + CONFERENCE });
    }
    await refused(many, 1008);
    using flood = await open(service);
    const cycle = frame("SUBSCRIBE", { id: "1", destination: VISITOR_TOPIC + CONFERENCE }) +
      frame("UNSUBSCRIBE", { id: "1" });
    await flood.socket.text(cycle.repeat(100));
    await refused(flood, 1008);
  },

  "none of it was noticed by a visitor that waits": async (service) => {
    using visitor = await StompSocket.visitor(
      service.port,
      await visitorToken("wire"),
      CONFERENCE,
    );
    assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 1);
    assert.equal((await visitor.message()).status, "live");
    assert.deepEqual(service.log.filter(({ level }) => level === "error"), []);
  },
});
