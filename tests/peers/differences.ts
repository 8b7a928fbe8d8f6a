/**
 * Why this service does not answer as RabbitMQ does, for each case where it does not. STOMP 1.2 is
 * cited where it decides; elsewhere the decision is this service's own.
 *
 * @module
 */

interface Difference {
  readonly why: string;
  /** Their names. */
  readonly cases: readonly string[];
}

const DIFFERENCES: readonly Difference[] = [
  {
    why: "RFC 6455, 4.4: a server answers another version with 426 and the one that it speaks.",
    cases: ["C07: `Sec-WebSocket-Version: 12`"],
  },
  {
    why: "RFC 6455, 4.2.1: a key that is not 16 octets in base64 is no handshake.",
    cases: ["C07: an empty `Sec-WebSocket-Key`"],
  },
  {
    why: "Compression is never agreed to here: a few octets of a stranger would unpack to many.",
    cases: ["C09: permessage-deflate offered"],
  },
  {
    why: "STOMP 1.2, Value Encoding: headers must be UTF-8; RabbitMQ takes any octets.",
    cases: ["C12: a header that is not UTF-8, in a binary message"],
  },
  {
    why: "RabbitMQ drops what it had answered before the DISCONNECT; here every answer goes out.",
    cases: ["C15: CONNECT, SUBSCRIBE and DISCONNECT in one message"],
  },
  {
    why: "RabbitMQ closes with 1007 and no word; an ERROR says what was wrong, and 1002 is the " +
      "code for a breach of the protocol.",
    cases: [
      "C21: CR alone: in the command, a name, a value, between frames",
      "C22: a header without a colon",
      "C26: `\\t`, 1.2",
      "C26: a lone `\\` at the end, 1.2",
    ],
  },
  {
    why: "The grammar of STOMP 1.2 wants an octet or more in a header's name.",
    cases: ["C22: a header without a name"],
  },
  {
    why:
      "STOMP 1.1 does not define `\\r`, and undefined escapes are refused; RabbitMQ reads every " +
      "version as 1.2.",
    cases: ["C27: `\\r`, 1.1"],
  },
  {
    why: "RabbitMQ trims the left of a value of 1.0 alone; here both sides, as its examples are " +
      "padded.",
    cases: ["C28: padding of a value, 1.0"],
  },
  {
    why: "A CONNECT's version is not known until it is read, so its values are read as 1.0's.",
    cases: ["C30: padding of CONNECT's values"],
  },
  {
    why: "STOMP 1.2, ERROR: the server must close the connection just after it; RabbitMQ goes on.",
    cases: [
      "C32: `Subscribe`",
      "C65: no destination",
      "C65: an empty destination",
      "C66: an unknown destination",
      "C70: UNSUBSCRIBE of an unknown id",
      "C72: `ack:foo`",
      "C74: the command FOO",
      "C74: the command MESSAGE",
      "C74: the command CONNECTED",
    ],
  },
  {
    why:
      "STOMP 1.2, ERROR: the server must close the connection just after it; RabbitMQ leaves a " +
      "stranger's open.",
    cases: [
      "C41: `2.0`, `100.1`, empty: to the end",
      "C44: credentials that are wrong",
      "C46: SUBSCRIBE before CONNECT",
      "C46: SEND before CONNECT",
      "C46: DISCONNECT before CONNECT",
      "C46: FOO before CONNECT",
      "C46: an HTTP request instead of CONNECT",
      "C59: `heart-beat:10000`",
      "C59: `heart-beat:a,b`",
      "C59: `heart-beat:1,2,3`",
      "C59: `heart-beat:,`",
    ],
  },
  {
    why:
      "RabbitMQ looks at `content-length` on SEND alone; here on any frame, as STOMP 1.2 allows " +
      "it there, and the NUL must be where it says.",
    cases: [
      "C33: `content-length:3` and no NUL behind the body",
      "C34: `content-length:-1`",
      "C34: `content-length:abc`",
      "C34: `content-length:1e3`",
      "C34: `content-length:+5`",
      "C34: `content-length:5` and a space",
      "C34: `content-length` of 2^53, 2^64",
    ],
  },
  {
    why: "STOMP 1.2, Body: only SEND, MESSAGE and ERROR may have one; RabbitMQ passes it over.",
    cases: ["C36: a real body of SUBSCRIBE, 1.2"],
  },
  {
    why: "There are no virtual hosts here, and the clients in the field send none or any.",
    cases: ["C43: no `host`; an unknown one"],
  },
  {
    why: "RabbitMQ fails (1011); here the first identity stands and the peer is told.",
    cases: ["C47: a second CONNECT"],
  },
  {
    why: "RabbitMQ goes on to the frame behind a refused CONNECT; here nothing follows an ERROR.",
    cases: ["C48: CONNECT refused, with a SUBSCRIBE behind it"],
  },
  {
    why:
      "An interval beyond what a timer takes is a long one; RabbitMQ's connection breaks over it.",
    cases: ["C58: `heart-beat:99999999999,99999999999`"],
  },
  {
    why: "STOMP 1.2, Heart-beating: the two are positive integers.",
    cases: ["C59: `heart-beat:-1,5`"],
  },
  {
    why: "A space after the comma cannot be misread, and clients write it.",
    cases: ["C59: `heart-beat:5000, 5000`"],
  },
  {
    why:
      "STOMP 1.1 and 1.2, SUBSCRIBE: an id must be included; RabbitMQ takes the destination for " +
      "it.",
    cases: ["C64: SUBSCRIBE without an id, 1.1", "C64: SUBSCRIBE without an id, 1.2"],
  },
  {
    why: "RabbitMQ drops its own ERROR on the way to the Close; here it arrives first.",
    cases: ["C67: one id twice"],
  },
  {
    why:
      "Nobody sends messages here: what cannot be processed is answered with ERROR (STOMP 1.2, " +
      "SEND).",
    cases: ["C73: SEND", "C73: BEGIN"],
  },
  {
    why: "A late or needless acknowledgment changes nothing here, so it costs nobody a session.",
    cases: ["C73: ACK of something unknown"],
  },
  {
    why:
      "STOMP 1.2, ERROR: it names the receipt of the frame, and the server must close just after " +
      "it; RabbitMQ does neither and goes on to the next frame.",
    cases: ["C76: a refused frame with a receipt, and one more behind it"],
  },
  {
    why: "STOMP 1.2, DISCONNECT: the client waits for the RECEIPT; RabbitMQ's Close overtakes it.",
    cases: ["C77: DISCONNECT with a receipt, without one", "C78: a SUBSCRIBE behind DISCONNECT"],
  },
  {
    why: "Headers are counted here, as STOMP 1.2 (Size Limits) lets a server do.",
    cases: ["C82: 64 headers, 150 headers"],
  },
];

/** The sentence of each case that needs one, by its name. */
export const REASONS: ReadonlyMap<string, string> = new Map(
  DIFFERENCES.flatMap(({ why, cases }) => cases.map((name) => [name, why])),
);
