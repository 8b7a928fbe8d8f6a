/**
 * The WebSocket layer (C01 to C17).
 *
 * @module
 */

import { encodeFrame, OP } from "../support/raw_websocket.ts";
import { frame } from "../support/stomp_socket.ts";
import { type Case, forEach } from "./case.ts";
import { connectFrame, describe, Dialogue, quote } from "./dialogue.ts";
import { PATH, type Peer } from "./peer.ts";

const encoder = new TextEncoder();

/** The status of an upgrade with these headers, and the named header of the answer. */
async function upgrade(
  peer: Peer,
  headers: Readonly<Record<string, string>>,
  answer: string,
  path = PATH,
): Promise<string> {
  using dialogue = await Dialogue.open(peer, { headers, path });
  const { socket } = dialogue;
  const value = socket.header(answer);
  return `${socket.status}${value === undefined ? "" : `, ${quote(value)}`}`;
}

function offer(protocols: string): (peer: Peer) => Promise<string> {
  return (peer) => upgrade(peer, { "Sec-WebSocket-Protocol": protocols }, "sec-websocket-protocol");
}

/** How the server ends a connection that breaks RFC 6455. */
async function violation(peer: Peer, octets: Uint8Array): Promise<string> {
  using dialogue = await Dialogue.open(peer);
  await dialogue.socket.write(octets);
  return describe(await dialogue.next());
}

export const websocketCases: readonly Case[] = [
  { id: "C01", what: "no subprotocol offered", run: (peer) => upgrade(peer, {}, "upgrade") },
  {
    id: "C02",
    what: "`v12.stomp, v11.stomp, v10.stomp`",
    run: offer("v12.stomp, v11.stomp, v10.stomp"),
  },
  {
    id: "C02",
    what: "`v10.stomp, v11.stomp, v12.stomp`",
    run: offer("v10.stomp, v11.stomp, v12.stomp"),
  },
  { id: "C03", what: "`v10.stomp, v11.stomp`", run: offer("v10.stomp, v11.stomp") },
  { id: "C04", what: "`foo ,v11.stomp  , bar`", run: offer("foo ,v11.stomp  , bar") },
  { id: "C05", what: "only an unknown subprotocol", run: offer("foo") },
  {
    id: "C06",
    what: "`v12.stomp` agreed, then `accept-version:1.1`",
    run: async (peer) => {
      const headers = { "Sec-WebSocket-Protocol": "v12.stomp" };
      using dialogue = await Dialogue.open(peer, { headers });
      await dialogue.socket.text(connectFrame(peer, { "accept-version": "1.1" }));
      return await dialogue.headers("version");
    },
  },
  {
    id: "C07",
    what: "a path that there is not",
    run: (peer) => upgrade(peer, {}, "upgrade", "/nothing/here"),
  },
  {
    id: "C07",
    what: "`Sec-WebSocket-Version: 12`",
    run: (peer) => upgrade(peer, { "Sec-WebSocket-Version": "12" }, "sec-websocket-version"),
  },
  {
    id: "C07",
    what: "an empty `Sec-WebSocket-Key`",
    run: (peer) => upgrade(peer, { "Sec-WebSocket-Key": "" }, "upgrade"),
  },
  {
    id: "C09",
    what: "permessage-deflate offered",
    run: (peer) => {
      const headers = { "Sec-WebSocket-Extensions": "permessage-deflate" };
      return upgrade(peer, headers, "sec-websocket-extensions");
    },
  },
  {
    id: "C10",
    what: "a frame without a mask",
    run: (peer) => violation(peer, encodeFrame(OP.text, "x", { mask: false })),
  },
  { id: "C10", what: "a reserved opcode", run: (peer) => violation(peer, encodeFrame(3, "x")) },
  {
    id: "C09, C10",
    what: "an RSV bit",
    run: (peer) => violation(peer, encodeFrame(OP.text, "x", { rsv: 4 })),
  },
  {
    id: "C10",
    what: "a fragmented ping; one of 126 octets; a Close of one octet",
    run: (peer) =>
      forEach({
        fragmented: encodeFrame(OP.ping, "x", { fin: false }),
        long: encodeFrame(OP.ping, "x".repeat(126)),
        close: encodeFrame(OP.close, "x"),
      }, (octets) => violation(peer, octets)),
  },
  {
    id: "C10",
    what: "Close codes 0, 999, 1004, 1005, 1006, 1015",
    run: (peer) =>
      forEach(
        Object.fromEntries([0, 999, 1004, 1005, 1006, 1015].map((code) => [code, code])),
        (code) => violation(peer, encodeFrame(OP.close, new Uint8Array([code >> 8, code & 255]))),
      ),
  },
  {
    id: "C10",
    what: "a text message that is not UTF-8",
    run: (peer) => violation(peer, encodeFrame(OP.text, new Uint8Array([0xc3, 0x28]))),
  },
  {
    id: "C10",
    what: "a ping; a Close",
    run: async (peer) => {
      using dialogue = await Dialogue.open(peer);
      await dialogue.socket.write(encodeFrame(OP.ping, "x"));
      const pong = describe(await dialogue.next());
      await dialogue.socket.closeWith(1000);
      return `${pong}; ${describe(await dialogue.next())}`;
    },
  },
  {
    id: "C11",
    what: "CONNECT binary, SUBSCRIBE text, a beat binary",
    run: async (peer) => {
      using dialogue = await Dialogue.open(peer);
      await dialogue.socket.binary(connectFrame(peer));
      const answer = await dialogue.answer();
      await dialogue.socket.binary("\n");
      return `${answer.command}, ${await dialogue.outcome()}`;
    },
  },
  {
    id: "C11",
    what: "the answer to a binary message is a message of",
    run: async (peer) => {
      using dialogue = await Dialogue.open(peer);
      await dialogue.socket.binary(connectFrame(peer));
      const message = await dialogue.socket.read();
      return message?.op === OP.text ? "text" : "octets";
    },
  },
  {
    id: "C12",
    what: "a header that is not UTF-8, in a binary message",
    run: async (peer) => {
      using dialogue = await Dialogue.connected(peer);
      const head = encoder.encode(`SUBSCRIBE\ndestination:${peer.destination()}\nid:`);
      const tail = encoder.encode("\n\n\0");
      await dialogue.socket.binary(new Uint8Array([...head, 0xc3, 0x28, ...tail]));
      return await dialogue.outcome();
    },
  },
  {
    id: "C13",
    what: "a CONNECT in two messages, cut at many places",
    run: async (peer) => {
      const whole = connectFrame(peer);
      const cuts = [...whole].keys().filter((at) => at > 0 && at % 7 === 1 || at < 12);
      return await forEach(Object.fromEntries([...cuts].map((at) => [at, at])), async (at) => {
        using dialogue = await Dialogue.open(peer);
        await dialogue.socket.text(whole.slice(0, at));
        await dialogue.socket.binary(whole.slice(at));
        return await dialogue.headers();
      });
    },
  },
  {
    id: "C15",
    what: "CONNECT, SUBSCRIBE and DISCONNECT in one message",
    run: async (peer) => {
      using dialogue = await Dialogue.open(peer);
      const destination = peer.destination();
      await dialogue.socket.text(
        connectFrame(peer) + frame("SUBSCRIBE", { id: "1", destination, receipt: "a" }) +
          frame("DISCONNECT", { receipt: "b" }),
      );
      return await dialogue.toEnd();
    },
  },
  {
    id: "C16",
    what: "one and a half frames, then the rest",
    run: async (peer) => {
      const subscribe = frame("SUBSCRIBE", {
        id: "1",
        destination: peer.destination(),
        receipt: "a",
      });
      using dialogue = await Dialogue.open(peer);
      await dialogue.socket.text(connectFrame(peer) + subscribe.slice(0, 15));
      const connected = describe(await dialogue.next());
      return `${connected}, ${await dialogue.after(subscribe.slice(15))}`;
    },
  },
  {
    id: "C17",
    what: "an empty message",
    run: async (peer) => {
      using dialogue = await Dialogue.connected(peer);
      return await dialogue.after("");
    },
  },
];
