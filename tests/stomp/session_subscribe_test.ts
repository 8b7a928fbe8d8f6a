import assert from "node:assert/strict";
import { encodeMessage, SessionCloseError, StompError } from "../../src/stomp/mod.ts";
import { connectedSession } from "./recording_host.ts";

Deno.test("C75: SUBSCRIBE is confirmed once the host delivers to it", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\nreceipt:r\\c1\n\n\0");
  assert.deepEqual(host.log, ["subscribe /a", "send RECEIPT"]);
  assert.deepEqual([...host.last.headers], [["receipt-id", "r\\c1"]]);
});

Deno.test("C75: without a receipt header there is no RECEIPT, with an empty one there is", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\n\n\0");
  assert.deepEqual(host.sent, []);
  session.receive("UNSUBSCRIBE\nid:0\nreceipt:\n\n\0");
  assert.equal(host.last.headers.get("receipt-id"), "");
});

Deno.test("C75 C76: each frame that asks is confirmed, in the order of the frames", () => {
  const { host, session } = connectedSession();
  session.receive(
    "SUBSCRIBE\nid:0\ndestination:/a\nreceipt:1\n\n\0ACK\nid:x\nreceipt:2\n\n\0" +
      "NACK\nid:x\nreceipt:3\n\n\0UNSUBSCRIBE\nid:0\nreceipt:4\n\n\0DISCONNECT\nreceipt:5\n\n\0",
  );
  assert.deepEqual(host.frames.map(({ headers }) => headers.get("receipt-id")), [..."12345"]);
  assert.ok(host.frames.every(({ command }) => command === "RECEIPT"));
});

Deno.test("C76: a frame that fails is an ERROR with its receipt-id, and none behind it is executed", () => {
  const { host, session } = connectedSession();
  session.receive(
    "SUBSCRIBE\nid:0\ndestination:/a\nreceipt:1\n\n\0SUBSCRIBE\nid:0\ndestination:/b\nreceipt:2\n\n\0" +
      "SUBSCRIBE\nid:3\ndestination:/c\nreceipt:3\n\n\0",
  );
  session.receive("SUBSCRIBE\nid:4\ndestination:/d\nreceipt:4\n\n\0");
  assert.deepEqual(host.log, [
    ...["subscribe /a", "send RECEIPT", "unsubscribe /a"],
    ...["send ERROR", "close 1002 duplicate-subscription"],
  ]);
  assert.equal(host.last.headers.get("receipt-id"), "2");
});

Deno.test("C76: an ERROR about a malformed frame has its receipt-id too", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nreceipt:r\nid:\\t\n\n\0");
  assert.deepEqual(host.log, ["send ERROR", "close 1002 malformed-frame"]);
  assert.equal(host.last.headers.get("receipt-id"), "r");
});

Deno.test("C64: a 1.0 client may subscribe and unsubscribe by destination alone", () => {
  const { host, session } = connectedSession("1.0");
  session.receive("SUBSCRIBE\ndestination: /a \n\n\0");
  const [subscription] = host.subscriptions;
  assert.deepEqual([subscription?.id, subscription?.destination], [undefined, "/a"]);
  session.message(subscription!, "{}");
  assert.equal(host.last.headers.has("subscription"), false);
  session.receive("UNSUBSCRIBE\ndestination:/a\n\n\0");
  assert.equal(host.log.at(-1), "unsubscribe /a");
});

Deno.test("C64 C65: SUBSCRIBE without id or destination is an ERROR, and the host is not asked", () => {
  for (const headers of ["destination:/a\n", "id:0\n", "id:0\ndestination:\n"]) {
    const { host, session } = connectedSession();
    session.receive(`SUBSCRIBE\n${headers}\n\0`);
    assert.deepEqual(host.log, ["send ERROR", "close 1002 bad-header"]);
  }
});

Deno.test("C66: a destination that the host refuses is an ERROR by policy", () => {
  const { host, session } = connectedSession();
  host.onSubscribe = () => {
    throw new StompError("forbidden", "Unknown destination");
  };
  session.receive("SUBSCRIBE\nid:0\ndestination:/b\nreceipt:r\n\n\0");
  assert.deepEqual(host.log, ["subscribe /b", "send ERROR", "close 1008 forbidden"]);
  assert.equal(host.last.headers.get("receipt-id"), "r");
  assert.equal(host.last.headers.get("message"), "Unknown destination");
  assert.deepEqual(session.subscriptions, []);
});

Deno.test("C67: after UNSUBSCRIBE an id is free again", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\n\n\0UNSUBSCRIBE\nid:0\n\n\0");
  session.receive("SUBSCRIBE\nid:0\ndestination:/b\n\n\0");
  assert.deepEqual(host.log, ["subscribe /a", "unsubscribe /a", "subscribe /b"]);
});

Deno.test("C68: two ids on one destination are two subscriptions", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\n\n\0SUBSCRIBE\nid:1\ndestination:/a\n\n\0");
  for (const subscription of session.subscriptions) session.message(subscription, "{}");
  const seen = host.frames.map((
    { headers },
  ) => [headers.get("subscription"), headers.get("message-id")]);
  assert.deepEqual(seen, [["0", "1"], ["1", "2"]]);
});

Deno.test("C69: an id is opaque and comes back as it was", () => {
  const ids = [
    " 0",
    "a b",
    "é\u{1f600}",
    "a\\cb",
    "\\\\c",
    "x".repeat(1024),
    "__proto__",
    "constructor",
  ];
  const { host, session } = connectedSession();
  for (const id of ids) session.receive(`SUBSCRIBE\nid:${id}\ndestination:/a\n\n\0`);
  for (const subscription of host.subscriptions) session.message(subscription, "{}");
  assert.deepEqual(host.frames.map(({ headers }) => headers.get("subscription")), ids);
});

Deno.test("C70: after UNSUBSCRIBE the session sends no MESSAGE", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\n\n\0UNSUBSCRIBE\nid:0\nreceipt:r\n\n\0");
  session.message(host.subscriptions[0]!, "{}");
  assert.deepEqual(host.log, ["subscribe /a", "unsubscribe /a", "send RECEIPT"]);
});

Deno.test("C70: UNSUBSCRIBE of an id that never was is an ERROR", () => {
  const { host, session } = connectedSession();
  session.receive("UNSUBSCRIBE\nid:0\nreceipt:r\n\n\0");
  assert.deepEqual(host.log, ["send ERROR", "close 1002 unknown-subscription"]);
});

Deno.test("C70: a second UNSUBSCRIBE costs nobody the RECEIPT of the DISCONNECT behind it", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\n\n\0UNSUBSCRIBE\nid:0\n\n\0");
  session.receive("UNSUBSCRIBE\nid:0\nreceipt:u\n\n\0DISCONNECT\nreceipt:d\n\n\0");
  assert.deepEqual(host.log, [
    ...["subscribe /a", "unsubscribe /a"],
    ...["send RECEIPT", "send RECEIPT", "lingering"],
  ]);
});

Deno.test("C71: UNSUBSCRIBE goes by the id, whatever else it says", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\n\n\0SUBSCRIBE\nid:1\ndestination:/b\n\n\0");
  session.receive("UNSUBSCRIBE\nid:1\ndestination:/a\nx-queue-name:/a\n\n\0");
  assert.equal(host.log.at(-1), "unsubscribe /b");
});

Deno.test("C72: with ack client a MESSAGE has an ack header, and ACK and NACK do nothing", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\nack:client-individual\n\n\0");
  session.message(host.subscriptions[0]!, "{}");
  assert.equal(host.last.headers.get("ack"), host.last.headers.get("message-id"));
  session.receive("ACK\nid:1\n\n\0NACK\nid:1\n\n\0ACK\nid:unknown\n\n\0");
  assert.deepEqual(host.log, ["subscribe /a", "send MESSAGE"]);
});

Deno.test("C72: an ACK or NACK that does not name what its version demands is an ERROR", () => {
  const complete = {
    "1.0": "message-id:1\n",
    "1.1": "message-id:1\nsubscription:0\n",
    "1.2": "id:1\n",
  } as const;
  for (const [version, headers] of Object.entries(complete)) {
    for (const command of ["ACK", "NACK"]) {
      const good = connectedSession(version as keyof typeof complete);
      good.session.receive(`${command}\n${headers}receipt:r\n\n\0`);
      assert.deepEqual(good.host.log, ["send RECEIPT"], `${version} ${command}`);
      const lines = headers.trimEnd().split("\n");
      for (const missing of lines) {
        const { host, session } = connectedSession(version as keyof typeof complete);
        const rest = lines.filter((line) => line !== missing).map((line) => `${line}\n`).join("");
        session.receive(`${command}\n${rest}receipt:r\n\n\0`);
        assert.deepEqual(host.log, ["send ERROR", "close 1002 bad-header"], missing);
        assert.equal(host.last.headers.get("receipt-id"), "r");
      }
    }
  }
});

Deno.test("C36: a frame with a body that may have none is an ERROR, except in 1.0", () => {
  const acknowledgment = "ACK\nmessage-id:1\nsubscription:0";
  for (const frame of ["SUBSCRIBE\nid:0\ndestination:/a", acknowledgment, "DISCONNECT"]) {
    const { host, session } = connectedSession("1.1");
    session.receive(`${frame}\n\nbody\0`);
    assert.deepEqual(host.log, ["send ERROR", "close 1002 malformed-frame"], frame);
    const old = connectedSession("1.0");
    old.session.receive(`${frame}\n\nbody\0`);
    assert.doesNotMatch(old.host.log.join(), /ERROR/, frame);
  }
});

Deno.test("C73: SEND is an ERROR, its body within bounds ignored", () => {
  const { host, session } = connectedSession();
  session.receive(`SEND\ndestination:/a\nreceipt:r\n\n${"b".repeat(60_000)}\0`);
  assert.deepEqual(host.log, ["send ERROR", "close 1008 not-supported"]);
  assert.equal(host.last.headers.get("receipt-id"), "r");
});

Deno.test("C73: BEGIN, COMMIT and ABORT are an ERROR that says why", () => {
  for (const command of ["BEGIN", "COMMIT", "ABORT"]) {
    const { host, session } = connectedSession();
    session.receive(`${command}\ntransaction:t\n\n\0`);
    assert.equal(host.last.headers.get("message"), "Transactions are not supported");
  }
});

Deno.test("C74: an unknown command and a server's own are an ERROR", () => {
  for (const command of ["FOO", "MESSAGE", "CONNECTED", "RECEIPT", "ERROR", "subscribe"]) {
    const { host, session } = connectedSession();
    session.receive(`${command}\nreceipt:r\n\n\0`);
    assert.deepEqual(host.log, ["send ERROR", "close 1002 bad-command"], command);
    assert.equal(host.last.headers.get("message"), "Bad command");
    assert.equal(host.last.headers.get("receipt-id"), "r");
  }
});

Deno.test("C81: message ids are never used twice, whoever encodes", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\\cb\n\n\0");
  const [subscription] = host.subscriptions;
  const messageId = session.nextMessageId();
  session.message(subscription!, '{"a":1}');
  assert.equal(messageId, "1");
  assert.deepEqual([...host.last.headers], [
    ["subscription", "0"],
    ["message-id", "2"],
    ["destination", "/a\\cb"],
    ["content-type", "application/json"],
    ["content-length", "7"],
  ]);
});

Deno.test("C81: what a host encodes by itself is what the session would have sent", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\n\n\0");
  const [subscription] = host.subscriptions;
  session.message(subscription!, "{}");
  const { version } = session;
  const encoded = encodeMessage({
    version,
    subscription: subscription!,
    messageId: "1",
    body: "{}",
  });
  assert.equal(host.sent.at(-1), encoded);
});

Deno.test("C84: a seventeenth subscription and too long a destination are an ERROR", () => {
  const many = connectedSession();
  for (let id = 0; id < 17; id++) {
    many.session.receive(`SUBSCRIBE\nid:${id}\ndestination:/a\n\n\0`);
  }
  assert.equal(many.host.log.filter((line) => line === "subscribe /a").length, 16);
  assert.deepEqual(many.host.log.slice(-2), ["send ERROR", "close 1008 limit-exceeded"]);
  const long = connectedSession();
  long.session.receive(`SUBSCRIBE\nid:0\ndestination:/${"a".repeat(1088)}\n\n\0`);
  assert.deepEqual(long.host.log, ["send ERROR", "close 1009 too-large"]);
});

Deno.test("a host may send to a subscription while it subscribes, before the RECEIPT", () => {
  const { host, session } = connectedSession();
  host.onSubscribe = (subscription) => session.message(subscription, '{"visitorsWaiting":0}');
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\nreceipt:r\n\n\0");
  assert.deepEqual(host.log, ["subscribe /a", "send MESSAGE", "send RECEIPT"]);
});

Deno.test("a host keeps what it likes with a subscription", () => {
  const { host, session } = connectedSession();
  host.onSubscribe = (subscription) => void (subscription.context = "ticket");
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\n\n\0");
  let found: string | undefined;
  host.onUnsubscribe = ({ context }) => found = context;
  session.receive("UNSUBSCRIBE\nid:0\n\n\0");
  assert.equal(found, "ticket");
});

Deno.test("a host that is full when a client subscribes closes cleanly", () => {
  const { host, session } = connectedSession();
  host.onSubscribe = () => {
    throw new SessionCloseError(1013, "conference is full");
  };
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\nreceipt:r\n\n\0");
  assert.deepEqual(host.log, ["subscribe /a", "close 1013 conference is full"]);
});
