import assert from "node:assert/strict";
import { SessionCloseError, StompError } from "../../src/stomp/mod.ts";
import { connectedSession, newSession } from "./recording_host.ts";

const TWO = "SUBSCRIBE\nid:0\ndestination:/a\n\n\0SUBSCRIBE\nid:1\ndestination:/b\n\n\0";

function subscribedSession() {
  const made = connectedSession();
  made.session.receive(TWO);
  assert.deepEqual(made.host.log, ["subscribe /a", "subscribe /b"]);
  made.host.log.length = 0;
  return made;
}

Deno.test("C77: DISCONNECT with a receipt is confirmed, and the peer's Close is awaited", () => {
  const { host, session } = connectedSession();
  session.receive("DISCONNECT\nreceipt:d\n\n\0");
  assert.deepEqual(host.log, ["send RECEIPT", "lingering"]);
  assert.equal(host.last.headers.get("receipt-id"), "d");
  assert.equal(session.state, "disconnecting");
  session.closed();
  assert.equal(session.state, "closed");
});

Deno.test("C77: DISCONNECT without a receipt closes at once", () => {
  const { host, session } = connectedSession();
  session.receive("DISCONNECT\n\n\0");
  assert.deepEqual(host.log, ["close 1000"]);
  assert.equal(session.state, "closed");
});

Deno.test("C78: frames behind DISCONNECT are not executed, in the same message or later", () => {
  for (const receipt of ["receipt:d\n", ""]) {
    const { host, session } = connectedSession();
    session.receive(`DISCONNECT\n${receipt}\n\0${TWO}SEND\n\n\0 garbage`);
    const log = [...host.log];
    session.receive(TWO);
    session.receive(" garbage");
    session.receive("\n");
    assert.deepEqual(host.log, log);
    assert.doesNotMatch(log.join(), /subscribe|ERROR/);
    assert.equal(session.hasPartialFrame, false);
  }
});

Deno.test("C79: DISCONNECT ends all subscriptions before its RECEIPT", () => {
  const { host, session } = subscribedSession();
  session.receive("DISCONNECT\nreceipt:d\n\n\0");
  assert.deepEqual(host.log, ["unsubscribe /a", "unsubscribe /b", "send RECEIPT", "lingering"]);
  assert.deepEqual(session.subscriptions, []);
});

Deno.test("C79: a host that fails to unsubscribe does not cost the peer its RECEIPT", () => {
  const { host, session } = subscribedSession();
  host.onUnsubscribe = () => {
    throw new TypeError("inner");
  };
  session.receive("DISCONNECT\nreceipt:d\n\n\0");
  assert.deepEqual(host.log, ["unsubscribe /a", "unsubscribe /b", "send RECEIPT", "lingering"]);
  assert.equal(host.faults.length, 2);
});

Deno.test("C79: a host that unsubscribes sees that the session is no longer connected", () => {
  const { host, session } = subscribedSession();
  const seen: string[] = [];
  host.onUnsubscribe = () => void seen.push(session.state);
  session.receive("DISCONNECT\nreceipt:d\n\n\0");
  assert.deepEqual(seen, ["disconnecting", "disconnecting"]);
});

Deno.test("C79: after DISCONNECT no MESSAGE goes out", () => {
  const { host, session } = subscribedSession();
  session.receive("DISCONNECT\nreceipt:d\n\n\0");
  session.message(host.subscriptions[0]!, "{}");
  assert.equal(host.last.command, "RECEIPT");
});

Deno.test("C80: an ERROR ends the subscriptions, and nothing is sent behind it", () => {
  const { host, session } = subscribedSession();
  session.receive("SEND\nreceipt:r\n\n\0" + "UNSUBSCRIBE\nid:0\nreceipt:u\n\n\0");
  session.message(host.subscriptions[0]!, "{}");
  session.receive("DISCONNECT\nreceipt:d\n\n\0");
  session.fail(new StompError("forbidden", "No"));
  assert.deepEqual(host.log, [
    ...["unsubscribe /a", "unsubscribe /b"],
    ...["send ERROR", "close 1008 not-supported"],
  ]);
});

Deno.test("C80: an ERROR is complete", () => {
  const { host, session } = connectedSession();
  session.receive("SEND\nreceipt:r\n\n\0");
  assert.deepEqual([...host.last.headers], [
    ["message", "SEND is not supported"],
    ["receipt-id", "r"],
    ["content-type", "text/plain"],
    ["content-length", "21"],
  ]);
  assert.equal(host.last.body, "SEND is not supported");
});

Deno.test("a host may end a session with an ERROR", () => {
  const { host, session } = subscribedSession();
  session.fail(new StompError("unauthorized", "Token expired"));
  assert.deepEqual(host.log.slice(2), ["send ERROR", "close 1008 unauthorized"]);
  assert.equal(session.state, "closed");
});

Deno.test("a host may end a session without an ERROR", () => {
  const { host, session } = subscribedSession();
  session.fail(new SessionCloseError(1001, "going away"));
  assert.deepEqual(host.log, ["unsubscribe /a", "unsubscribe /b", "close 1001 going away"]);
});

Deno.test("C77: a peer that has disconnected gets no ERROR, its host lets it linger", () => {
  const { host, session } = connectedSession();
  session.receive("DISCONNECT\nreceipt:d\n\n\0");
  session.fail(new StompError("unauthorized", "Token expired"));
  assert.deepEqual(host.log, ["send RECEIPT", "lingering"]);
  assert.equal(session.state, "disconnecting");
});

Deno.test("a session that has not connected yet can be ended too", () => {
  const { host, session } = newSession();
  session.fail(new StompError("unauthorized", "No CONNECT in time"));
  assert.deepEqual(host.log, ["send ERROR", "close 1008 unauthorized"]);
});

Deno.test("F28: a fault of the host closes with 1011, is reported, and nothing of it goes out", () => {
  const { host, session } = connectedSession();
  const inner = new TypeError("token abc at line 7");
  host.onSubscribe = () => {
    throw inner;
  };
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\nreceipt:r\n\n\0");
  assert.deepEqual(host.log, ["subscribe /a", "close 1011"]);
  assert.deepEqual(host.sent, []);
  assert.deepEqual(host.faults, [inner]);
});

Deno.test("F28: a host that cannot send is closed with 1011", () => {
  const { host, session } = connectedSession();
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\n\n\0");
  host.onSend = () => {
    throw new TypeError("socket is gone");
  };
  session.message(host.subscriptions[0]!, "{}");
  assert.deepEqual(host.log, ["subscribe /a", "send MESSAGE", "unsubscribe /a", "close 1011"]);
});

Deno.test("F28: a host that cannot send an ERROR is closed all the same", () => {
  const { host, session } = connectedSession();
  host.onSend = () => {
    throw new TypeError("socket is gone");
  };
  session.receive("FOO\n\n\0");
  assert.deepEqual(host.log, ["send ERROR", "close 1002 bad-command"]);
  assert.equal(host.faults.length, 1);
});

Deno.test("a host that ends the session while it subscribes hears no more of it", () => {
  const { host, session } = connectedSession();
  host.onSubscribe = () => session.fail(new StompError("forbidden", "No"));
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\nreceipt:r\n\n\0" + TWO);
  assert.deepEqual(host.log, [
    "subscribe /a",
    "unsubscribe /a",
    "send ERROR",
    "close 1008 forbidden",
  ]);
});

Deno.test("once the socket is gone the host hears nothing, and finds what was subscribed", () => {
  const { host, session } = subscribedSession();
  session.closed();
  session.receive(TWO);
  session.message(host.subscriptions[0]!, "{}");
  session.fail(new StompError("forbidden", "No"));
  session.closed();
  assert.deepEqual(host.log, []);
  assert.deepEqual(session.subscriptions.map(({ destination }) => destination), ["/a", "/b"]);
});

Deno.test("a peer that answers while the session sends is heard in order", () => {
  const { host, session } = connectedSession();
  host.onSend = (text) => {
    if (text.includes("receipt-id:1")) session.receive("UNSUBSCRIBE\nid:1\nreceipt:3\n\n\0");
  };
  session.receive(
    "SUBSCRIBE\nid:0\ndestination:/a\nreceipt:1\n\n\0SUBSCRIBE\nid:1\ndestination:/b\nreceipt:2\n\n\0",
  );
  assert.deepEqual(host.frames.map(({ headers }) => headers.get("receipt-id")), ["1", "2", "3"]);
});
