import assert from "node:assert/strict";
import { SessionCloseError, StompError } from "../../src/stomp/mod.ts";
import { connectedSession, settle } from "./recording_host.ts";

const SUBSCRIBE = "SUBSCRIBE\nid:0\ndestination:/a\nreceipt:s\nAuthorization:Bearer x\n\n\0";

/** A session whose host takes its time over a SUBSCRIBE. */
function waiting() {
  const made = connectedSession();
  const verdict = Promise.withResolvers<void>();
  made.host.onSubscribe = () => verdict.promise;
  made.session.receive(SUBSCRIBE);
  return { ...made, verdict };
}

Deno.test("a SUBSCRIBE that the host must wait for is confirmed when it stands", async () => {
  const { host, session, verdict } = waiting();
  assert.deepEqual([host.log, host.stands], [["subscribe /a"], []]);
  assert.equal(host.subscribeHeaders.get("Authorization"), "Bearer x");
  host.onSubscribed = (subscription) => session.message(subscription, "{}");
  verdict.resolve();
  await settle();
  assert.deepEqual(host.log, ["subscribe /a", "send RECEIPT", "send MESSAGE"]);
});

Deno.test("one that is refused later is an ERROR with its receipt-id", async () => {
  const { host, verdict } = waiting();
  verdict.reject(new StompError("forbidden", "Access refused"));
  await settle();
  assert.deepEqual(host.log, [
    ...["subscribe /a", "unsubscribe /a"],
    ...["send ERROR", "close 1008 forbidden"],
  ]);
  assert.equal(host.last.headers.get("receipt-id"), "s");
  assert.deepEqual(host.stands, []);
});

Deno.test("frames that come meanwhile are executed; what was unsubscribed does not stand", async () => {
  const { host, session, verdict } = waiting();
  session.receive("UNSUBSCRIBE\nid:0\nreceipt:u\n\n\0");
  verdict.resolve();
  await settle();
  assert.deepEqual(host.frames.map(({ headers }) => headers.get("receipt-id")), ["u", "s"]);
  assert.deepEqual(host.stands, []);
});

Deno.test("a verdict that comes after the end of the session changes nothing", async () => {
  for (const end of ["closed", "disconnect", "refused"] as const) {
    const { host, session, verdict } = waiting();
    if (end === "closed") session.closed();
    else if (end === "disconnect") session.receive("DISCONNECT\nreceipt:d\n\n\0");
    else session.fail(new SessionCloseError(1013, "full"));
    const log = [...host.log];
    verdict.reject(new StompError("forbidden", "Access refused"));
    await settle();
    assert.deepEqual(host.log, log, end);
  }
});

Deno.test("a fault while the host waits closes with 1011", async () => {
  const { host, verdict } = waiting();
  verdict.reject(new TypeError("broken"));
  await settle();
  assert.deepEqual(host.log.slice(-1), ["close 1011"]);
  assert.equal(host.faults.length, 1);
});
