import assert from "node:assert/strict";
import fc from "fast-check";
import { defaultLimits, StompError } from "../../src/stomp/mod.ts";
import { anyText } from "./parsing.ts";
import { newSession, readServerFrame, settle } from "./recording_host.ts";

const headers = [
  ...["id:0", "id:1", "id:", "id:__proto__", "destination:/a", "destination:/forbidden"],
  ...[
    "destination:/fault",
    "receipt:r",
    "receipt:\\c",
    "ack:client",
    "ack:foo",
    "content-length:3",
  ],
  ...["content-length:-1", "content-length:99999999999", "accept-version:1.2", "accept-version:9"],
  ...["accept-version:1.0", "heart-beat:1,1", "heart-beat:x", "x:\\t", "noColon", ":noName"],
];
const commands = [
  ...["CONNECT", "STOMP", "SUBSCRIBE", "SUBSCRIBE", "UNSUBSCRIBE", "ACK", "NACK", "SEND", "BEGIN"],
  ...["DISCONNECT", "MESSAGE", "connect", "__proto__", ""],
];
const frame = fc.record({
  command: fc.constantFrom(...commands),
  headers: fc.array(fc.constantFrom(...headers), { maxLength: 4 }),
  eol: fc.constantFrom("\n", "\r\n", "\r"),
  body: fc.constantFrom("", "", " \n", "abc", "a\0c"),
}).map(({ command, headers, eol, body }) => [command, ...headers, "", body].join(eol) + "\0");
const goodConnect = fc.constantFrom(
  "CONNECT\naccept-version:1.2\nheart-beat:1,1\n\n\0",
  "STOMP\naccept-version:1.1,1.0\n\n\0",
  "CONNECT\n\n\0",
);
const text = fc.oneof(
  { weight: 6, arbitrary: frame },
  { weight: 2, arbitrary: fc.constantFrom("\n", "\r\n", "\0", "\r", "") },
  { weight: 1, arbitrary: anyText },
);
const message = fc.oneof(
  { weight: 6, arbitrary: fc.array(text, { maxLength: 3 }).map((parts) => parts.join("")) },
  { weight: 2, arbitrary: fc.tuple(frame, fc.nat(60)).map(([whole, end]) => whole.slice(0, end)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
);
const verdicts: Record<string, () => void | Promise<void>> = {
  now: () => {},
  later: () => Promise.resolve(),
  gone: () => Promise.resolve(),
  fault: () => Promise.reject(new TypeError("inner")),
  refused: () => {
    throw new StompError("unauthorized", "No");
  },
};
const conversation = fc.record({
  connect: goodConnect,
  messages: fc.array(message, { maxLength: 8 }),
  verdict: fc.constantFrom(...Object.keys(verdicts)),
});

const LAST = /^(send ERROR|close|lingering)/;

/** What must hold of a host's log, whatever the peer did. */
function checkLog(log: readonly string[]): void {
  const error = log.indexOf("send ERROR");
  if (error >= 0) {
    assert.match(log[error + 1] ?? "", /^close 10(02|08|09) /, "an ERROR is followed by the close");
    assert.equal(log.length, error + 2, "and by nothing else");
  }
  const end = log.findIndex((line) => LAST.test(line));
  if (end >= 0) assert.ok(log.slice(end + 1).every((line) => LAST.test(line)), log.join());
  const firstSent = log.find((line) => line.startsWith("send"));
  if (firstSent) assert.match(firstSent, /CONNECTED|ERROR/);
  assert.ok(log.filter((line) => line.startsWith("close")).length <= 1);
  const count = (verb: string) => log.filter((line) => line.startsWith(verb)).length;
  assert.ok(count("unsubscribe") <= count("subscribe"), "nothing is unsubscribed twice");
  assert.ok(count("authenticate") <= 1, "the first identity is never replaced");
}

Deno.test("F28: whatever a peer sends, a session neither throws nor says more than it may", async () => {
  await fc.assert(
    fc.asyncProperty(conversation, async ({ connect, messages, verdict }) => {
      const { host, session } = newSession();
      host.onSubscribe = ({ destination }) => {
        if (destination === "/forbidden") throw new StompError("forbidden", "No");
        if (destination === "/fault") throw new TypeError("inner");
      };
      host.onAuthenticate = verdicts[verdict]!;
      session.receive(connect);
      if (verdict === "gone") session.closed();
      for (const data of messages) session.receive(data);
      await settle();
      for (const data of messages) session.receive(data);
      for (const subscription of host.subscriptions) session.message(subscription, "{}");
      checkLog(host.log);
      host.sent.forEach(readServerFrame);
      if (verdict === "gone") assert.deepEqual(host.log, ["authenticate"]);
      if (session.state === "closed") assert.equal(session.hasPartialFrame, false);
    }),
    { numRuns: 400 },
  );
});

Deno.test("F28: no octets at all make a session throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }), (messages) => {
      const { host, session } = newSession();
      for (const data of messages) session.receive(data);
      checkLog(host.log);
      assert.deepEqual(host.faults, []);
    }),
  );
});

Deno.test("C83: however long a peer goes on, a frame that does not end is cut at its bound", () => {
  const limits = {
    ...defaultLimits,
    beforeConnected: { command: 32, headerLine: 300, headers: 64, frame: 1000 },
  };
  const endless = fc.constantFrom("A", "CONNECT\nk", "CONNECT\nk:v\n", "CONNECT\n\nb", "\r");
  fc.assert(
    fc.property(
      endless,
      fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 9 }),
      (start, rest) => {
        const { host, session } = newSession({ limits });
        session.receive(start);
        let octets = start.length;
        while (session.state === "connecting" && octets <= 1000) {
          session.receive(rest);
          octets += rest.length;
        }
        assert.deepEqual(host.log[0], "send ERROR");
        assert.ok(octets <= 1000 + rest.length);
      },
    ),
  );
});
