import assert from "node:assert/strict";
import { defaultLimits, SessionCloseError, StompError } from "../../src/stomp/mod.ts";
import { octets, shred } from "./parsing.ts";
import { connectedSession, newSession } from "./recording_host.ts";

const BROWSER = "CONNECT\nAuthorization:Bearer a.b.c\naccept-version:1.2,1.1,1.0\n" +
  "heart-beat:10000,10000\n\n\0";

Deno.test("C11: CONNECT may come as octets, what follows as text, and beats as octets", () => {
  const { host, session } = newSession();
  session.receive(octets(BROWSER));
  session.receive(new Uint8Array([0x0a]));
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\n\n\0");
  session.receive(octets("UNSUBSCRIBE\nid:0\nreceipt:r\n\n\0"));
  assert.deepEqual(host.log.slice(3), ["subscribe /a", "unsubscribe /a", "send RECEIPT"]);
  assert.ok(host.sent.every((text) => typeof text === "string"));
});

Deno.test("C11: a frame may begin as text and end as octets", () => {
  const { host, session } = newSession();
  session.receive(BROWSER.slice(0, 20));
  session.receive(octets(BROWSER.slice(20)));
  assert.equal(host.last.command, "CONNECTED");
});

Deno.test("C13: CONNECT cut in two anywhere connects, as text and as octets", () => {
  const whole = octets(BROWSER);
  for (let at = 1; at < whole.length; at++) {
    for (
      const parts of [[BROWSER.slice(0, at), BROWSER.slice(at)], [
        whole.slice(0, at),
        whole.slice(at),
      ]]
    ) {
      const { host, session } = newSession();
      for (const part of parts) session.receive(part);
      assert.deepEqual(host.log, ["authenticate", "send CONNECTED", "connected"], `cut at ${at}`);
      assert.equal(session.hasPartialFrame, false);
    }
  }
});

Deno.test("C17 C18: empty messages and beats before CONNECT change nothing", () => {
  const { host, session } = newSession();
  for (const message of ["", "\n", "\r\n", "\0", new Uint8Array(0)]) session.receive(message);
  assert.deepEqual(host.log, []);
  assert.equal(session.state, "connecting");
  session.receive(BROWSER);
  assert.equal(session.state, "connected");
});

Deno.test("C29: the host sees CONNECT's headers as they are, padding taken off", () => {
  const { host, session } = newSession();
  host.onAuthenticate = (headers) => {
    assert.deepEqual([...headers], [["Authorization", "Bearer \\x\\c"], ["accept-version", "1.2"]]);
  };
  session.receive("CONNECT\nAuthorization: Bearer \\x\\c \naccept-version:1.2\n\n\0");
  assert.equal(session.state, "connected");
});

Deno.test("C38 C39: CONNECTED names the version agreed on, and the session goes by it", () => {
  for (
    const [accepted, version] of [["1.0,1.1,2.0", "1.1"], ["1.0,1.2,1.1", "1.2"], ["1.0", "1.0"]]
  ) {
    const { host, session } = newSession();
    session.receive(`CONNECT\naccept-version:${accepted}\n\n\0`);
    assert.equal(host.last.headers.get("version"), version);
    assert.equal(session.version, version);
  }
});

Deno.test("C40: a bare CONNECT is a 1.0 session, and CONNECTED is complete", () => {
  const { host, session } = newSession();
  session.receive("CONNECT\n\n\0");
  const { headers } = host.last;
  assert.deepEqual([...headers.keys()], ["version", "session", "server", "heart-beat"]);
  assert.equal(headers.get("version"), "1.0");
  assert.equal(headers.get("heart-beat"), "0,0");
  assert.equal(headers.get("server"), "waiting-queue/1.0");
});

Deno.test("each session has an id of its own", () => {
  const ids = [newSession(), newSession()].map(({ host, session }) => {
    session.receive(BROWSER);
    return host.last.headers.get("session");
  });
  assert.ok(ids[0] && ids[1] && ids[0] !== ids[1]);
});

Deno.test("C41: no common version is an ERROR that names ours, and the host is not asked", () => {
  for (const accepted of ["2.0", "100.1", ""]) {
    const { host, session } = newSession();
    session.receive(`CONNECT\naccept-version:${accepted}\n\n\0`);
    assert.deepEqual(host.log, ["send ERROR", "close 1002 unsupported-version"]);
    assert.equal(host.last.headers.get("version"), "1.0,1.1,1.2");
    assert.equal(host.last.headers.get("content-type"), "text/plain");
    assert.match(host.last.body, /1\.0,1\.1,1\.2/);
  }
});

Deno.test("C42: STOMP connects as CONNECT does, in every version", () => {
  for (const version of ["1.0", "1.1", "1.2"]) {
    const { host, session } = newSession();
    session.receive(`STOMP\naccept-version:${version}\n\n\0`);
    assert.equal(host.last.headers.get("version"), version);
  }
});

Deno.test("C44: a refused CONNECT is one ERROR and a close by policy", () => {
  const { host, session } = newSession();
  host.onAuthenticate = () => {
    throw new StompError("unauthorized", "Token expired");
  };
  session.receive(BROWSER + "SUBSCRIBE\nid:0\ndestination:/a\n\n\0");
  session.receive("SUBSCRIBE\nid:0\ndestination:/a\n\n\0");
  assert.deepEqual(host.log, ["authenticate", "send ERROR", "close 1008 unauthorized"]);
  assert.equal(host.last.headers.get("message"), "Token expired");
  assert.equal(session.state, "closed");
});

Deno.test("C45: CONNECT gets no RECEIPT", () => {
  const { host, session } = newSession();
  session.receive("CONNECT\naccept-version:1.2\nreceipt:r\n\n\0");
  assert.deepEqual(host.log, ["authenticate", "send CONNECTED", "connected"]);
});

Deno.test("C46: any other first frame is an ERROR, with its receipt-id", () => {
  for (const command of ["SUBSCRIBE", "SEND", "DISCONNECT", "FOO", "connect"]) {
    const { host, session } = newSession();
    session.receive(`${command}\nreceipt:r\n\n\0`);
    assert.deepEqual(host.log, ["send ERROR", "close 1002 not-connected"], command);
    assert.equal(host.last.headers.get("receipt-id"), "r");
  }
});

Deno.test("C46: what is no STOMP at all is an ERROR at once", () => {
  for (const garbage of ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "hello world", "\x16\x03\x01\x02"]) {
    const { host, session } = newSession();
    session.receive(garbage);
    assert.deepEqual(host.log, ["send ERROR", "close 1002 malformed-frame"], garbage);
  }
});

Deno.test("C47: a second CONNECT is an ERROR, and the host is not asked again", () => {
  const { host, session } = connectedSession();
  session.receive(BROWSER);
  assert.deepEqual(host.log, ["send ERROR", "close 1002 already-connected"]);
});

Deno.test("C50: nothing is sent before CONNECTED, and heart-beats start behind it", () => {
  const { host, session } = newSession();
  let sentBefore = -1;
  host.onAuthenticate = () => {
    sentBefore = host.sent.length;
    assert.equal(session.outgoingBeatMs, 0);
  };
  host.onConnected = ({ state, outgoingBeatMs, incomingTimeoutMs }) => {
    assert.equal(host.last.command, "CONNECTED");
    assert.deepEqual([state, outgoingBeatMs, incomingTimeoutMs], ["connected", 10_000, 150_000]);
  };
  session.receive(BROWSER);
  assert.equal(sentBefore, 0);
  assert.deepEqual(host.faults, []);
  assert.equal(session.state, "connected");
});

Deno.test("C52: CONNECTED says what we can and want, without a space", () => {
  const { host, session } = newSession();
  session.receive(BROWSER);
  assert.equal(host.last.headers.get("heart-beat"), "10000,60000");
  assert.equal(session.outgoingBeatMs, 10_000);
  assert.equal(session.incomingTimeoutMs, 150_000);
});

Deno.test("C53: who does not speak of heart-beats gets none and is told 0,0", () => {
  const { host, session } = newSession();
  session.receive("CONNECT\naccept-version:1.2\n\n\0");
  assert.equal(host.last.headers.get("heart-beat"), "0,0");
  assert.deepEqual([session.outgoingBeatMs, session.incomingTimeoutMs], [0, 0]);
});

Deno.test("C53: who wants no heart-beats gets none, and is told what we could", () => {
  const { host, session } = newSession();
  session.receive("CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0");
  assert.equal(host.last.headers.get("heart-beat"), "10000,60000");
  assert.deepEqual([session.outgoingBeatMs, session.incomingTimeoutMs], [0, 0]);
});

Deno.test("C59: a heart-beat header that is not two numbers is an ERROR", () => {
  for (const header of ["10000", "a,b", "-1,5", "1,2,3", ","]) {
    const { host, session } = newSession();
    session.receive(`CONNECT\naccept-version:1.2\nheart-beat:${header}\n\n\0`);
    assert.deepEqual(host.log, ["send ERROR", "close 1002 bad-header"], header);
  }
});

Deno.test("C51 C83: a host can see that a frame does not end", () => {
  const { session } = newSession();
  assert.equal(session.hasPartialFrame, false);
  for (const part of shred(octets(BROWSER)).slice(0, -1)) {
    session.receive(part);
    assert.equal(session.hasPartialFrame, true);
  }
  session.receive("\0");
  assert.equal(session.hasPartialFrame, false);
  assert.equal(session.state, "connected");
});

Deno.test("C82: what is too large before CONNECTED is closed as too big", () => {
  const { host, session } = newSession();
  session.receive(`CONNECT\nAuthorization:${"t".repeat(16 * 1024)}\n\n\0`);
  assert.deepEqual(host.log, ["send ERROR", "close 1009 too-large"]);
});

Deno.test("C82: the bounds before CONNECTED end with it", () => {
  const { host, session } = connectedSession();
  const blanks = " ".repeat(60_000);
  session.receive(`ACK\nid:1\nreceipt:r\n\n${blanks}\0`);
  assert.deepEqual(host.log, ["send RECEIPT"]);
  session.receive(`ACK\nid:${"1".repeat(9000)}\n\n\0`);
  assert.deepEqual(host.log.slice(1), ["send ERROR", "close 1009 too-large"]);
});

Deno.test("the bounds are those of the options", () => {
  const limits = { ...defaultLimits, beforeConnected: { ...defaultLimits.connected, frame: 20 } };
  const { host, session } = newSession({ limits });
  session.receive("CONNECT\naccept-version:1.2\n\n\0");
  assert.deepEqual(host.log, ["send ERROR", "close 1009 too-large"]);
});

Deno.test("a host that is full closes cleanly, without an ERROR", () => {
  const { host, session } = newSession();
  host.onAuthenticate = () => {
    throw new SessionCloseError(1013, "over capacity");
  };
  session.receive(BROWSER);
  assert.deepEqual(host.log, ["authenticate", "close 1013 over capacity"]);
});
