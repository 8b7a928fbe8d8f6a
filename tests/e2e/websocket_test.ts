/**
 * The WebSocket layer, over both fronts (C01 to C17, F05, F06). Where the native front cannot hold a
 * case because of the runtime, the rule says so and holds it to what the runtime does instead.
 *
 * @module
 */

import assert from "node:assert/strict";
import { closeCode, encodeFrame, OP, RawWebSocket } from "../support/raw_websocket.ts";
import type { Service } from "../support/service.ts";
import { frame, parse, StompSocket } from "../support/stomp_socket.ts";
import { systemToken, visitorToken } from "../support/tokens.ts";
import { eachFront, type Front } from "./setups.ts";

const CONFERENCE = "wire@conference.meet.example";
const TOPIC = `/secured/conference/visitor/topic.${CONFERENCE}`;

async function connectFrame(extra: Record<string, string> = {}): Promise<string> {
  return frame("CONNECT", {
    Authorization: `Bearer ${await visitorToken("wire")}`,
    "accept-version": "1.2",
    "heart-beat": "0,0",
    ...extra,
  });
}

async function handshake(
  { port }: Service,
  headers: Record<string, string>,
  path?: string,
): Promise<RawWebSocket> {
  return await RawWebSocket.handshake(port, { headers, ...(path && { path }) });
}

/** A violation of RFC 6455: the hardened front says which, the native one drops the connection. */
async function violation(
  service: Service,
  front: Front,
  octets: Uint8Array,
  code: number,
): Promise<void> {
  using socket = await RawWebSocket.handshake(service.port);
  await socket.write(octets);
  assert.equal(await socket.readClose(), front === "ws" ? code : undefined);
}

eachFront("WebSocket", {}, {
  "C01: without an offer there is no subprotocol, and STOMP works": async (service) => {
    using socket = await handshake(service, {});
    assert.equal(socket.status, 101);
    assert.equal(socket.header("sec-websocket-protocol"), undefined);
    await socket.text(await connectFrame());
    assert.equal(parse(await socket.readText()).command, "CONNECTED");
  },

  "C02: of all versions the highest is answered": async (service) => {
    for (const offer of ["v12.stomp, v11.stomp, v10.stomp", "v10.stomp, v11.stomp, v12.stomp"]) {
      using socket = await handshake(service, { "Sec-WebSocket-Protocol": offer });
      assert.equal(socket.header("sec-websocket-protocol"), "v12.stomp");
    }
  },

  "C03, C04: v11.stomp without a better one, among unknown offers": async (service) => {
    for (const offer of ["v10.stomp, v11.stomp", "foo, v11.stomp"]) {
      using socket = await handshake(service, { "Sec-WebSocket-Protocol": offer });
      assert.equal(socket.header("sec-websocket-protocol"), "v11.stomp", offer);
    }
  },

  "C04: offers joined by a comma alone, as npm ws sends them, and odd spacing": async (service) => {
    for (const offer of ["foo,v11.stomp,v10.stomp", "foo ,v11.stomp  , bar"]) {
      using socket = await handshake(service, { "Sec-WebSocket-Protocol": offer });
      assert.equal(socket.status, 101);
      assert.equal(socket.header("sec-websocket-protocol"), "v11.stomp", offer);
      await socket.text(await connectFrame());
      assert.equal(parse(await socket.readText()).command, "CONNECTED");
    }
  },

  "C04: offers in two header lines": async (service) => {
    using socket = await handshake(service, {
      "Sec-WebSocket-Protocol": "foo",
      "sec-websocket-protocol": "v11.stomp",
    });
    assert.equal(socket.header("sec-websocket-protocol"), "v11.stomp");
  },

  "C05: where every offer is unknown, 101 without a subprotocol": async (service) => {
    using socket = await handshake(service, { "Sec-WebSocket-Protocol": "foo, bar" });
    assert.equal(socket.status, 101);
    assert.equal(socket.header("sec-websocket-protocol"), undefined);
  },

  "C06: accept-version wins over the subprotocol": async (service) => {
    using socket = await handshake(service, { "Sec-WebSocket-Protocol": "v12.stomp" });
    await socket.text(await connectFrame({ "accept-version": "1.1" }));
    assert.equal(parse(await socket.readText()).headers.version, "1.1");
  },

  "C07: wrong path, version and key": async (service) => {
    using unknown = await handshake(service, {}, "/visitors-list/websocket");
    assert.equal(unknown.status, 404);
    using version = await handshake(service, { "Sec-WebSocket-Version": "12" });
    assert.equal(version.status, 426);
    assert.equal(version.header("sec-websocket-version"), "13");
    for (const key of ["", "c2hvcnQ="]) {
      using socket = await handshake(service, { "Sec-WebSocket-Key": key });
      assert.equal(socket.status, 400, key);
    }
    const plain = await fetch(`${service.http}/visitor`);
    await plain.body?.cancel();
    assert.equal(plain.status, 426);
    assert.equal(plain.headers.get("upgrade"), "websocket");
  },

  "every WebSocket path works at the root and under the base path": async (service) => {
    for (const base of ["", "/waiting-queue"]) {
      for (const path of ["/visitor", "/state", "/moderator"]) {
        for (const end of ["", "/websocket"]) {
          using socket = await handshake(service, {}, base + path + end);
          assert.equal(socket.status, 101, base + path + end);
        }
      }
    }
  },

  "C09: permessage-deflate is never agreed on, and a compressed frame is 1002": async (
    service,
    front,
  ) => {
    using socket = await handshake(service, {
      "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
    });
    assert.equal(socket.header("sec-websocket-extensions"), undefined);
    await socket.write(encodeFrame(OP.text, "x", { rsv: 4 }));
    assert.equal(await socket.readClose(), front === "ws" ? 1002 : undefined);
  },

  "C10: reserved bits and opcodes are 1002": async (service, front) => {
    for (const rsv of [1, 2, 4]) {
      await violation(service, front, encodeFrame(OP.text, "x", { rsv }), 1002);
    }
    for (const op of [3, 7, 11, 15]) {
      await violation(service, front, encodeFrame(op, "x"), 1002);
    }
  },

  "C10: a control frame that is fragmented or over 125 octets is 1002": async (service, front) => {
    await violation(service, front, encodeFrame(OP.ping, "x", { fin: false }), 1002);
    await violation(service, front, encodeFrame(OP.ping, "x".repeat(126)), 1002);
  },

  "C10: a continuation of nothing, and a text in the midst of fragments, is 1002": async (
    service,
    front,
  ) => {
    await violation(service, front, encodeFrame(OP.continuation, "x"), 1002);
    const start = encodeFrame(OP.text, "a", { fin: false });
    const interloper = encodeFrame(OP.text, "b");
    await violation(service, front, new Uint8Array([...start, ...interloper]), 1002);
  },

  "C10: an unmasked frame is 1002": async (service, front) => {
    // The runtime's server takes unmasked frames for masked ones: this cannot hold there.
    if (front === "ws") {
      await violation(service, front, encodeFrame(OP.text, "x", { mask: false }), 1002);
    } else {
      using socket = await RawWebSocket.handshake(service.port);
      await socket.write(encodeFrame(OP.text, await connectFrame(), { mask: false }));
      assert.equal(parse(await socket.readText()).command, "CONNECTED");
    }
  },

  "C10: text that is not UTF-8 is 1007": async (service, front) => {
    await violation(service, front, encodeFrame(OP.text, new Uint8Array([0xc3, 0x28])), 1007);
  },

  "C10: a ping is echoed, and a Close is answered at once": async (service) => {
    using socket = await RawWebSocket.handshake(service.port);
    await socket.write(encodeFrame(OP.ping, "echo"));
    const pong = await socket.read();
    assert.equal(pong?.op, OP.pong);
    assert.equal(new TextDecoder().decode(pong.payload), "echo");
    await socket.closeWith(1000);
    const close = await socket.read();
    assert.equal(close?.op, OP.close);
    assert.equal(closeCode(close), 1000);
  },

  "C11: text and binary may be mixed, and answers are text": async (service) => {
    using socket = await RawWebSocket.handshake(service.port);
    await socket.binary(await connectFrame());
    assert.equal(parse(await socket.readText()).command, "CONNECTED");
    await socket.text(frame("SUBSCRIBE", { id: "1", destination: TOPIC, receipt: "a" }));
    assert.equal(parse(await socket.readText()).headers["receipt-id"], "a");
    await socket.binary("\n");
    await socket.binary(frame("DISCONNECT", { receipt: "b" }));
    assert.equal(parse(await socket.readText()).headers["receipt-id"], "b");
  },

  "C12: a header that is not UTF-8 is refused": async (service) => {
    using socket = await RawWebSocket.handshake(service.port);
    await socket.text(await connectFrame());
    await socket.readText();
    const head = new TextEncoder().encode(`SUBSCRIBE\nid:`);
    const tail = new TextEncoder().encode(`\ndestination:${TOPIC}\n\n\0`);
    await socket.binary(new Uint8Array([...head, 0xc3, 0x28, ...tail]));
    assert.equal(parse(await socket.readText()).command, "ERROR");
    assert.equal(await socket.readClose(), 1002);
  },

  "C13: a CONNECT cut anywhere, in text or binary": async (service) => {
    const whole = await connectFrame();
    for (const at of [1, 7, 8, 20, whole.length - 2, whole.length - 1]) {
      using socket = await RawWebSocket.handshake(service.port);
      await socket.binary(whole.slice(0, at));
      await socket.text(whole.slice(at));
      assert.equal(parse(await socket.readText()).command, "CONNECTED", `cut at ${at}`);
    }
    using socket = await RawWebSocket.handshake(service.port);
    for (const octet of whole) await socket.text(octet);
    assert.equal(parse(await socket.readText()).command, "CONNECTED");
  },

  "C13: a message in fragments": async (service) => {
    const whole = await connectFrame();
    using socket = await RawWebSocket.handshake(service.port);
    await socket.write(encodeFrame(OP.text, whole.slice(0, 10), { fin: false }));
    await socket.write(encodeFrame(OP.ping, ""));
    await socket.write(encodeFrame(OP.continuation, whole.slice(10, 50), { fin: false }));
    await socket.write(encodeFrame(OP.continuation, whole.slice(50)));
    assert.equal((await socket.read())?.op, OP.pong);
    assert.equal(parse(await socket.readText()).command, "CONNECTED");
  },

  "C15, C48: many frames in one message are handled in order": async (service) => {
    using socket = await RawWebSocket.handshake(service.port);
    const subscribe = frame("SUBSCRIBE", { id: "1", destination: TOPIC, receipt: "a" });
    const bye = frame("DISCONNECT", { receipt: "b" });
    await socket.text(await connectFrame() + subscribe + "\n" + bye);
    assert.equal(parse(await socket.readText()).command, "CONNECTED");
    assert.equal(parse(await socket.readText()).headers["receipt-id"], "a");
    assert.equal(parse(await socket.readText()).headers["receipt-id"], "b");
  },

  "C16: one and a half frames, then the rest": async (service) => {
    const subscribe = frame("SUBSCRIBE", { id: "1", destination: TOPIC, receipt: "a" });
    using socket = await RawWebSocket.handshake(service.port);
    await socket.text(await connectFrame() + subscribe.slice(0, 15));
    assert.equal(parse(await socket.readText()).command, "CONNECTED");
    await socket.text(subscribe.slice(15));
    assert.equal(parse(await socket.readText()).headers["receipt-id"], "a");
  },

  "C17: an empty message is ignored": async (service) => {
    using socket = await RawWebSocket.handshake(service.port);
    await socket.text("");
    await socket.binary("");
    await socket.text(await connectFrame());
    assert.equal(parse(await socket.readText()).command, "CONNECTED");
  },

  "F05: a reset without a Close frame leaves the count at once": async (service) => {
    const token = await visitorToken("wire");
    const visitor = await StompSocket.visitor(service.port, token, CONFERENCE);
    visitor[Symbol.dispose]();
    const { visitorsWaiting } = await waitingNow(service);
    assert.equal(visitorsWaiting, 0);
  },
});

/** The count, read until it is the one that a connection leaves behind it. */
async function waitingNow(service: Service): Promise<{ visitorsWaiting: number }> {
  const authorization = `Bearer ${await systemToken()}`;
  for (let i = 0;; i++) {
    const url = `${service.http}/conferences/${encodeURIComponent(CONFERENCE)}`;
    const view = await (await fetch(url, { headers: { authorization } })).json();
    if (view.visitorsWaiting === 0 || i === 200) return view;
  }
}
