/**
 * Anything that a peer might send over a WebSocket, for property tests.
 *
 * @module
 */

import fc from "fast-check";
import { encodeFrame, OP } from "./raw_websocket.ts";
import { STATE_TOPIC, VISITOR_TOPIC } from "./stomp_socket.ts";

/** Stands for the mark of a connection: whatever a server gives back of a peer's text carries it. */
export const ME = "{me}";
/** Stands for the connection's token. */
export const TOKEN = "{token}";

const encoder = new TextEncoder();

const DOMAIN = "@conference.meet.example";
const destinations = [
  ...[VISITOR_TOPIC + ME + DOMAIN, VISITOR_TOPIC + ME + DOMAIN, `${VISITOR_TOPIC}common${DOMAIN}`],
  ...[STATE_TOPIC + ME + DOMAIN, `${STATE_TOPIC}common${DOMAIN}`, "/nowhere", "*", ""],
];
const headers = [
  ...destinations.map((destination) => `destination:${destination}`),
  ...[`id:${ME}-a`, `id:${ME}-a`, `id:${ME}-b`, `id:${ME}-\\c`, `receipt:${ME}-r`],
  ...[`receipt:${ME}-é`, "ack:client", "ack:foo", "content-length:3", "content-length:-1"],
  ...["content-length:99999999999", "heart-beat:x", "x:\\t", "noColon", ":noName", "x:"],
];
const commands = [
  ...["SUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE", "UNSUBSCRIBE", "ACK", "NACK", "DISCONNECT"],
  ...["SEND", "BEGIN", "CONNECT", "MESSAGE", "subscribe", "__proto__", ""],
];

const anyFrame = fc.record({
  command: fc.constantFrom(...commands),
  headers: fc.array(fc.constantFrom(...headers), { maxLength: 4 }),
  eol: fc.constantFrom("\n", "\n", "\r\n", "\r"),
  body: fc.constantFrom("", "", "", "\n", "abc", "a\0c"),
}).map(({ command, headers, eol, body }) => [command, ...headers, "", body].join(eol) + "\0");

const subscribe = fc.tuple(
  fc.constantFrom(VISITOR_TOPIC, VISITOR_TOPIC, VISITOR_TOPIC, STATE_TOPIC),
  fc.constantFrom(ME, "common"),
  fc.constantFrom(..."abcdefghijkl"),
).map(([topic, room, id]) =>
  `SUBSCRIBE\nid:${ME}-${id}\ndestination:${topic}${room}${DOMAIN}\nreceipt:${ME}-${id}\n\n\0`
);

const lawfulFrame = fc.oneof(
  { weight: 4, arbitrary: subscribe },
  { weight: 1, arbitrary: fc.constant(`UNSUBSCRIBE\nid:${ME}-a\nreceipt:${ME}-u\n\n\0`) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      `ACK\nid:x\nreceipt:${ME}-k\n\n\0`,
      "\n",
      "\r\n",
    ),
  },
  { weight: 1, arbitrary: fc.constant(`DISCONNECT\nreceipt:${ME}-bye\n\n\0`) },
);

const connect = fc.constantFrom(
  ...["1.2", "1.1", "1.0,1.1,1.2"].map((versions) =>
    `CONNECT\naccept-version:${versions}\nheart-beat:0,0\nAuthorization:Bearer ${TOKEN}\n\n\0`
  ),
  `STOMP\nAuthorization:Bearer ${TOKEN}\nheart-beat:10000,50\n\n\0`,
);

/** The text of one message; most are lawful, so that a session gets somewhere. */
const text = fc.oneof(
  { weight: 20, arbitrary: lawfulFrame },
  { weight: 2, arbitrary: anyFrame },
  { weight: 1, arbitrary: fc.tuple(lawfulFrame, lawfulFrame).map(([a, b]) => a + b) },
  {
    weight: 1,
    arbitrary: fc.tuple(anyFrame, fc.nat(60)).map(([whole, end]) => whole.slice(0, end)),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);

/** One move of a peer, printable where a test fails: a frame of RFC 6455, or octets as they are. */
export type Move =
  | { readonly raw: Uint8Array }
  | {
    readonly op: number;
    /** In a text the marks are still to be filled in. */
    readonly payload: string | Uint8Array;
    /** Where it is cut into two fragments, with a ping between them. */
    readonly fragmentsAt?: number;
    readonly mask?: boolean;
    readonly rsv?: number;
  };

/** What a move puts on the wire; `fill` puts the marks into a text. */
export function octetsOf(move: Move, fill: (text: string) => string): Uint8Array {
  if ("raw" in move) return move.raw;
  const { op, payload, fragmentsAt, ...how } = move;
  const octets = typeof payload === "string" ? encoder.encode(fill(payload)) : payload;
  if (fragmentsAt === undefined) return encodeFrame(op, octets, how);
  return concat([
    encodeFrame(op, octets.slice(0, fragmentsAt), { fin: false }),
    encodeFrame(OP.ping, "between"),
    encodeFrame(OP.continuation, octets.slice(fragmentsAt)),
  ]);
}

const message = fc.record({
  op: fc.constantFrom(OP.text, OP.text, OP.binary),
  payload: text,
});

const fragments = fc.record({
  op: fc.constant(OP.binary),
  payload: text,
  fragmentsAt: fc.nat(40),
});

const control = fc.record({
  op: fc.constantFrom(OP.ping, OP.pong),
  payload: fc.uint8Array({ maxLength: 125 }),
});

const close = fc.constantFrom(1000, 1001, 3000, 999, 1005)
  .map((code) => ({ op: OP.close, payload: new Uint8Array([code >> 8, code & 255]) }));

/** Breaches of RFC 6455. */
const breach = fc.oneof(
  fc.constantFrom(3, 7, 11, 15).map((op) => ({ op, payload: "x" })),
  fc.constantFrom(1, 2, 4).map((rsv) => ({ op: OP.text, payload: "x", rsv })),
  fc.constantFrom<Move>(
    { op: OP.text, payload: "\n", mask: false },
    { op: OP.ping, payload: "x".repeat(126) },
    { op: OP.continuation, payload: "x" },
    { op: OP.text, payload: new Uint8Array([0xc3, 0x28]) },
  ),
  fc.uint8Array({ minLength: 1, maxLength: 200 }).map((raw) => ({ raw })),
);

const move = fc.oneof(
  { weight: 12, arbitrary: message },
  { weight: 2, arbitrary: fragments },
  { weight: 1, arbitrary: control },
  { weight: 1, arbitrary: close },
  { weight: 1, arbitrary: breach },
);

/** What one peer does after its upgrade. Nearly all begin with a CONNECT. */
export const moves: fc.Arbitrary<readonly Move[]> = fc.tuple(
  fc.oneof(
    { weight: 6, arbitrary: connect.map((payload) => ({ op: OP.text, payload })) },
    { weight: 1, arbitrary: move },
  ),
  fc.array(move, { maxLength: 10 }),
).map(([first, rest]) => [first, ...rest]);

/** The octets of all `parts`, one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
