import assert from "node:assert/strict";
import { SessionCloseError, StompError } from "../../src/stomp/mod.ts";
import { newSession, settle } from "./recording_host.ts";

const CONNECT = "CONNECT\naccept-version:1.2\nreceipt:c\n\n\0";
const SUBSCRIBE = "SUBSCRIBE\nid: 0\\c\ndestination:/a\nreceipt:s\n\n\0";
const DISCONNECT = "DISCONNECT\nreceipt:d\n\n\0";

/** A session whose host gives its verdict on CONNECT when the test says so. */
function waiting() {
  const made = newSession();
  const verdict = Promise.withResolvers<void>();
  made.host.onAuthenticate = () => verdict.promise;
  return { ...made, ...verdict };
}

Deno.test("C48: frames behind a slow CONNECT are executed after CONNECTED, in order", async () => {
  const { host, session, resolve } = waiting();
  session.receive(CONNECT + SUBSCRIBE + DISCONNECT);
  assert.deepEqual(host.log, ["authenticate"]);
  assert.equal(session.state, "authenticating");
  resolve();
  await settle();
  assert.deepEqual(host.log, [
    ...["authenticate", "send CONNECTED", "connected", "subscribe /a", "send RECEIPT"],
    ...["unsubscribe /a", "send RECEIPT", "lingering"],
  ]);
});

Deno.test("C48: frames behind a slow CONNECT are read by its version, whenever they come", async () => {
  const { host, session, resolve } = waiting();
  session.receive(CONNECT + SUBSCRIBE.slice(0, 20));
  session.receive(SUBSCRIBE.slice(20));
  resolve();
  await settle();
  assert.equal(host.subscriptions[0]?.id, " 0:");
});

Deno.test("C48: a frame that is unfinished when the verdict comes is executed when it ends", async () => {
  const { host, session, resolve } = waiting();
  session.receive(CONNECT + SUBSCRIBE.slice(0, 20));
  resolve();
  await settle();
  assert.equal(host.log.at(-1), "connected");
  session.receive(SUBSCRIBE.slice(20));
  assert.deepEqual(host.log.slice(-2), ["subscribe /a", "send RECEIPT"]);
});

Deno.test("C48: a refusal is one ERROR, and nothing behind the CONNECT is executed", async () => {
  const { host, session, reject } = waiting();
  session.receive(CONNECT + SUBSCRIBE + DISCONNECT);
  reject(new StompError("unauthorized", "Bad token"));
  await settle();
  session.receive(SUBSCRIBE);
  assert.deepEqual(host.log, ["authenticate", "send ERROR", "close 1008 unauthorized"]);
  assert.equal(host.last.headers.get("receipt-id"), "c");
});

Deno.test("C48: sixteen frames may wait, the next is refused at once and the verdict dropped", async () => {
  const { host, session, resolve } = waiting();
  session.receive(CONNECT + SUBSCRIBE.repeat(16));
  assert.equal(session.state, "authenticating");
  session.receive(SUBSCRIBE);
  assert.deepEqual(host.log, ["authenticate", "send ERROR", "close 1008 limit-exceeded"]);
  resolve();
  await settle();
  assert.equal(host.log.length, 3);
});

Deno.test("C48: 16 KiB may wait, an unfinished frame included", () => {
  const { host, session } = waiting();
  session.receive(CONNECT);
  session.receive("SEND\n\n" + "b".repeat(16 * 1024 - 6));
  assert.equal(session.state, "authenticating");
  session.receive("b");
  assert.deepEqual(host.log.slice(1), ["send ERROR", "close 1008 limit-exceeded"]);
});

Deno.test("C48: the bound on what may wait ends with the verdict", async () => {
  const { host, session, resolve } = waiting();
  session.receive(CONNECT + SUBSCRIBE);
  resolve();
  await settle();
  session.receive("ACK\nid:1\nreceipt:a\n\n" + " ".repeat(20_000));
  session.receive("\0");
  assert.equal(host.last.command, "RECEIPT");
  assert.equal(host.last.headers.get("receipt-id"), "a");
});

Deno.test("C48: a malformed frame behind a slow CONNECT is one ERROR at once", async () => {
  const { host, session, resolve } = waiting();
  session.receive(CONNECT + "SUBSCRIBE\nid\n\n\0");
  resolve();
  await settle();
  assert.deepEqual(host.log, ["authenticate", "send ERROR", "close 1002 malformed-frame"]);
});

Deno.test("C47: a second CONNECT that waits is refused after CONNECTED", async () => {
  const { host, session, resolve } = waiting();
  session.receive(CONNECT + CONNECT);
  resolve();
  await settle();
  assert.deepEqual(host.log, [
    ...["authenticate", "send CONNECTED", "connected"],
    ...["send ERROR", "close 1002 already-connected"],
  ]);
});

Deno.test("C76: a frame that waits and fails ends what waits behind it", async () => {
  const { host, session, resolve } = waiting();
  session.receive(CONNECT + "SEND\nreceipt:x\n\n\0" + SUBSCRIBE);
  resolve();
  await settle();
  assert.deepEqual(host.log.slice(3), ["send ERROR", "close 1008 not-supported"]);
  assert.equal(host.last.headers.get("receipt-id"), "x");
});

Deno.test("C78: whatever comes behind a DISCONNECT that waits is not even read", async () => {
  const { host, session, resolve } = waiting();
  session.receive(CONNECT + DISCONNECT + "\r\r garbage" + "x".repeat(20_000));
  session.receive("more garbage");
  assert.equal(session.hasPartialFrame, false);
  resolve();
  await settle();
  assert.deepEqual(host.log.slice(3), ["send RECEIPT", "lingering"]);
});

Deno.test("C49: a verdict that comes after the peer has gone does nothing", async () => {
  for (const verdict of ["resolve", "reject"] as const) {
    const { host, session, resolve, reject } = waiting();
    session.receive(CONNECT + SUBSCRIBE);
    session.closed();
    if (verdict === "resolve") resolve();
    else reject(new StompError("unauthorized", "Bad token"));
    await settle();
    assert.deepEqual(host.log, ["authenticate"]);
    assert.deepEqual(host.faults, []);
    assert.equal(session.state, "closed");
  }
});

Deno.test("a host that fails while it judges closes with 1011 and tells nothing", async () => {
  const { host, session, reject } = waiting();
  const inner = new TypeError("key server answered with a token");
  session.receive(CONNECT);
  reject(inner);
  await settle();
  assert.deepEqual(host.log, ["authenticate", "close 1011"]);
  assert.deepEqual(host.faults, [inner]);
});

Deno.test("a host that drains while it judges closes without an ERROR", async () => {
  const { host, session, reject } = waiting();
  session.receive(CONNECT);
  reject(new SessionCloseError(1012, "restart"));
  await settle();
  assert.deepEqual(host.log, ["authenticate", "close 1012 restart"]);
});

Deno.test("a host that fails once it is connected closes with 1011", async () => {
  const { host, session, resolve } = waiting();
  host.onConnected = () => {
    throw new TypeError("inner");
  };
  session.receive(CONNECT + SUBSCRIBE);
  resolve();
  await settle();
  assert.deepEqual(host.log.slice(1), ["send CONNECTED", "connected", "close 1011"]);
});
