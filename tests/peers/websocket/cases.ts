/**
 * The cases: RFC 6455 from a client's side, restated from the public test suite's list of what it
 * looks at. Left out are compression, which is never agreed to here, and the sizes above a MiB.
 *
 * @module
 */

import { encodeFrame, OP } from "../../support/raw_websocket.ts";
import {
  begin,
  bytes,
  type Case,
  chopped,
  close,
  closing,
  hex,
  lawful,
  more,
  ping,
  pong,
  text,
  together,
  unlawful,
} from "./case.ts";
import { utf8Cases } from "./utf8_cases.ts";

const SIZES = [0, 125, 126, 127, 128, 65_535, 65_536];
const KIB = 1_024;

/** 1: messages of many sizes, as text and as octets. */
function sizes(): Case[] {
  return [OP.text, OP.binary].flatMap((op, kind) => {
    const name = kind === 0 ? "text" : "binary";
    const cases = SIZES.map((size, i) => {
      const message = "*".repeat(size);
      const what = `${name} of ${size} octets`;
      return lawful(`1.${kind + 1}.${i + 1}`, what, [encodeFrame(op, message)], [message]);
    });
    const message = "*".repeat(65_536);
    const parts = chopped(encodeFrame(op, message), 997);
    const what = `${name} of 65536 octets, 997 a write`;
    return [...cases, lawful(`1.${kind + 1}.8`, what, parts, [message])];
  });
}

/** 2: pings and pongs. */
function pings(): Case[] {
  const long = "\xfe".repeat(62) + "a";
  const ten = Array.from({ length: 10 }, (_, i) => `p-${i}`);
  const answers = ten.map((payload) => `pong ${payload}`);
  const all = together(...ten.map((payload) => ping(payload)));
  return [
    lawful("2.1", "a ping", [ping()], [], ["pong"]),
    lawful("2.2", "a ping with text", [ping("Hello")], [], ["pong Hello"]),
    lawful("2.3", "a ping with octets", [ping(hex("00 ff fe fd fc fb 00 ff"))], [], [
      "pong \0\ufffd\ufffd\ufffd\ufffd\ufffd\0\ufffd",
    ]),
    lawful("2.4", "a ping of 125 octets", [ping(bytes(long))], [], ["pong of 63"]),
    unlawful("2.5", "a ping of 126 octets", [ping("x".repeat(126))], 1002),
    lawful("2.6", "a ping of 125 octets, one a write", chopped(ping(bytes(long)), 1), [], [
      "pong of 63",
    ]),
    lawful("2.7", "a pong that nobody asked for", [pong()], []),
    lawful("2.8", "such a pong with text", [pong("unasked")], []),
    lawful("2.9", "such a pong, then a ping", [pong("unasked"), ping("asked")], [], ["pong asked"]),
    lawful("2.10", "ten pings", [all], [], answers),
    lawful("2.11", "ten pings, an octet a write", chopped(all, 1), [], answers),
  ];
}

/** 3: reserved bits. */
function reservedBits(): Case[] {
  const hello = "Hello";
  const odd = (rsv: number, op: number = OP.text) => encodeFrame(op, hello, { rsv });
  return [
    unlawful("3.1", "RSV 1", [odd(1)], 1002),
    unlawful("3.2", "a message, RSV 2, a ping", [text(hello), odd(2), ping()], 1002, [hello]),
    unlawful("3.3", "the same in one write", [together(text(hello), odd(3), ping())], 1002, [
      hello,
    ]),
    unlawful(
      "3.4",
      "the same with RSV 4, an octet a write",
      chopped(together(text(hello), odd(4), ping()), 1),
      1002,
      [hello],
    ),
    unlawful("3.5", "RSV 5, binary", [odd(5, OP.binary)], 1002),
    unlawful("3.6", "RSV 6, a ping", [odd(6, OP.ping)], 1002),
    unlawful("3.7", "RSV 7, a Close", [encodeFrame(OP.close, closing(1000), { rsv: 7 })], 1002),
  ];
}

/** 4: reserved opcodes. */
function reservedOpcodes(): Case[] {
  const hello = "Hello";
  return [[3, 4, 5, 6, 7], [11, 12, 13, 14, 15]].flatMap((opcodes, kind) =>
    opcodes.map((op, i) => {
      const odd = encodeFrame(op, i === 0 ? "" : "reserved");
      const id = `4.${kind + 1}.${i + 1}`;
      if (i < 2) return unlawful(id, `opcode ${op}`, [odd], 1002);
      const octets = together(text(hello), odd, ping());
      const send = i === 2 ? [octets] : chopped(octets, i === 3 ? 8 : 1);
      return unlawful(id, `a message, opcode ${op}, a ping`, send, 1002, [hello]);
    })
  );
}

/** 5: messages in fragments. */
function fragments(): Case[] {
  const [a, b] = ["fragment1", "fragment2"];
  const message = [begin(a), more(b, true)];
  const withPing = [begin(a), ping("between"), more(b, true)];
  const answers = ["pong between", "echo"];
  const loose = (fin: boolean) => [more("loose", fin), text("Hello")];
  const split = (op: number) => [encodeFrame(op, a, { fin: false }), more(b, true)];
  const five = [
    begin("f1"),
    more("f2"),
    ping("one"),
    more("f3"),
    more("f4"),
    ping("two"),
    more("f5", true),
  ];
  return [
    unlawful("5.1", "a ping in two fragments", split(OP.ping), 1002),
    unlawful("5.2", "a pong in two fragments", split(OP.pong), 1002),
    lawful("5.3", "two fragments", message, [a + b]),
    lawful("5.4", "in one write", [together(...message)], [a + b]),
    lawful("5.5", "an octet a write", chopped(together(...message), 1), [a + b]),
    lawful("5.6", "a ping between two fragments", withPing, [a + b], answers),
    lawful("5.7", "in one write", [together(...withPing)], [a + b], answers),
    lawful("5.8", "an octet a write", chopped(together(...withPing), 1), [a + b], answers),
    unlawful("5.9", "a last fragment of nothing", loose(true), 1002),
    unlawful("5.10", "in one write", [together(...loose(true))], 1002),
    unlawful("5.11", "an octet a write", chopped(together(...loose(true)), 1), 1002),
    unlawful("5.12", "a fragment of nothing", loose(false), 1002),
    unlawful("5.13", "in one write", [together(...loose(false))], 1002),
    unlawful("5.14", "an octet a write", chopped(together(...loose(false)), 1), 1002),
    unlawful("5.15", "a message, then a fragment of nothing", [...message, ...loose(false)], 1002, [
      a + b,
    ]),
    unlawful("5.16", "fragments of nothing, each before a message", [
      ...[more(a), begin(a), more(b, true)],
      ...[more(a), begin(a), more(b, true)],
    ], 1002),
    unlawful("5.17", "last fragments of nothing, each before a message", [
      ...[more(a, true), begin(a), more(b, true)],
      ...[more(a, true), begin(a), more(b, true)],
    ], 1002),
    unlawful("5.18", "two beginnings", [begin(a), text(b)], 1002),
    lawful("5.19", "five fragments with pings between", five, ["f1f2f3f4f5"], [
      "pong one",
      "pong two",
      "echo",
    ]),
    lawful("5.20", "an octet a write", chopped(together(...five), 1), ["f1f2f3f4f5"], [
      "pong one",
      "pong two",
      "echo",
    ]),
  ];
}

const VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const INVALID_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];

/** 7: the end. */
function ends(): Case[] {
  const hello = "Hello";
  const bye = close(closing(1000));
  const ended = (id: string, what: string, send: Case["send"], code: number | string) => ({
    ...{ id, what, send, messages: [], strict: `Close ${code}` },
  });
  return [
    lawful("7.1.1", "a message, then a Close", [text(hello), bye], [hello]),
    lawful("7.1.2", "two Closes", [bye, bye], []),
    lawful("7.1.3", "a ping after a Close", [bye, ping()], []),
    lawful("7.1.4", "a message after a Close", [together(bye, text(hello))], []),
    lawful("7.1.5", "a Close between two fragments", [begin("a"), bye, more("b", true)], []),
    lawful("7.1.6", "256 KiB, a message, a Close and a ping", [
      together(text("B".repeat(256 * KIB)), text(hello), bye, ping()),
    ], ["B".repeat(256 * KIB), hello]),
    ended("7.3.1", "a Close without payload", [close(hex(""))], "without code"),
    unlawful("7.3.2", "a Close of one octet", [close(hex("61"))], 1002),
    lawful("7.3.3", "a Close with a code", [bye], []),
    lawful("7.3.4", "with a reason", [close(closing(1000, hello))], []),
    lawful("7.3.5", "with a reason of 123 octets", [close(closing(1000, "*".repeat(123)))], []),
    unlawful("7.3.6", "with a reason of 124 octets", [close(closing(1000, "*".repeat(124)))], 1002),
    unlawful("7.5.1", "with a reason that is not UTF-8", [
      close(together(closing(1000), hex("ce ba ed a0 80"))),
    ], 1007),
    ...VALID_CODES.map((code, i) =>
      ended(`7.7.${i + 1}`, `Close ${code}`, [close(closing(code))], code)
    ),
    ...INVALID_CODES.map((code, i) =>
      unlawful(`7.9.${i + 1}`, `Close ${code}`, [close(closing(code))], 1002)
    ),
    unlawful("7.13.1", "Close 5000", [close(closing(5000))], 1002),
    unlawful("7.13.2", "Close 65535", [close(closing(65_535))], 1002),
  ];
}

/** 9 and 10: large messages, in frames and writes of many sizes. */
function large(): Case[] {
  const message = "*".repeat(256 * KIB);
  const inFragments = (size: number) => {
    const parts = chopped(bytes(message), size);
    return parts.map((part, i) => i === 0 ? begin(part) : more(part, i === parts.length - 1));
  };
  const whole = (size: number) => {
    const text = "*".repeat(size);
    return lawful(`9.1 ${size}`, `${size} octets`, [encodeFrame(OP.text, text)], [text]);
  };
  return [
    whole(64 * KIB),
    whole(256 * KIB),
    whole(1_024 * KIB),
    ...[64, 1_024, 16_384].flatMap((size) => [
      ...(size < 1_024 ? [] : [
        lawful(`9.3 ${size}`, `256 KiB in fragments of ${size}`, inFragments(size), [message]),
      ]),
      lawful(`9.5 ${size}`, `256 KiB, ${size} octets a write`, chopped(text(message), size * 4), [
        message,
      ]),
    ]),
    lawful(
      "10.1.1",
      "64 KiB in fragments of 1300",
      (() => {
        const parts = chopped(bytes("*".repeat(65_536)), 1_300);
        return parts.map((part, i) => i === 0 ? begin(part) : more(part, i === parts.length - 1));
      })(),
      ["*".repeat(65_536)],
    ),
  ];
}

/** The frames of a client have a mask (RFC 6455 section 5.1); the suite cannot look at that. */
function masks(): Case[] {
  return [{
    ...unlawful(
      "mask",
      "a frame without a mask",
      [encodeFrame(OP.text, "x", { mask: false })],
      1002,
    ),
  }];
}

export const CASES: readonly Case[] = [
  ...sizes(),
  ...pings(),
  ...reservedBits(),
  ...reservedOpcodes(),
  ...fragments(),
  ...utf8Cases(),
  ...ends(),
  ...large(),
  ...masks(),
];
