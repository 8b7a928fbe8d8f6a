import assert from "node:assert/strict";
import { defaultLimits, type Frame, type Version } from "../../src/stomp/mod.ts";
import {
  forbidBody,
  readConnect,
  readSubscribe,
  readUnsubscribe,
} from "../../src/stomp/requests.ts";
import { octets } from "./parsing.ts";

const badHeader = { code: "bad-header", closeCode: 1002 };

function frame(headers: Record<string, string>, body = ""): Frame {
  return { command: "X", headers: new Map(Object.entries(headers)), body: octets(body), octets: 0 };
}

function subscribe(headers: Record<string, string>, version: Version = "1.2") {
  return readSubscribe(frame(headers), { version, limits: defaultLimits });
}

Deno.test("C43: a CONNECT needs no host, and login and passcode change nothing", () => {
  const bare = readConnect(frame({ "accept-version": "1.2" }));
  const extra = { host: "unknown", login: "a", passcode: "b" };
  assert.deepEqual(readConnect(frame({ "accept-version": "1.2", ...extra })), bare);
  assert.equal(bare.version, "1.2");
});

Deno.test("C53: a CONNECT without heart-beat is told from one with 0,0", () => {
  assert.equal(readConnect(frame({})).hasHeartBeat, false);
  assert.equal(readConnect(frame({ "heart-beat": "0,0" })).hasHeartBeat, true);
});

Deno.test("C64: 1.1 and 1.2 SUBSCRIBE needs an id, 1.0 does not", () => {
  for (const version of ["1.1", "1.2"] as const) {
    assert.throws(() => subscribe({ destination: "/a" }, version), badHeader);
    assert.throws(() => subscribe({ id: "", destination: "/a" }, version), badHeader);
  }
  assert.equal(subscribe({ destination: "/a" }, "1.0").id, undefined);
  assert.equal(subscribe({ id: "0", destination: "/a" }, "1.0").id, "0");
});

Deno.test("C65: a SUBSCRIBE needs a destination", () => {
  const missing = { ...badHeader, message: "Missing destination" };
  assert.throws(() => subscribe({ id: "0" }), missing);
  assert.throws(() => subscribe({ id: "0", destination: "" }), missing);
  assert.throws(() => subscribe({}, "1.0"), missing);
});

Deno.test("C72: ack is auto, client or client-individual; auto when absent", () => {
  const ackOf = (headers: Record<string, string>) =>
    subscribe({ id: "0", destination: "/a", ...headers }).ack;
  assert.equal(ackOf({}), "auto");
  for (const ack of ["auto", "client", "client-individual"]) assert.equal(ackOf({ ack }), ack);
  for (const ack of ["foo", "", "AUTO", " auto"]) assert.throws(() => ackOf({ ack }), badHeader);
});

Deno.test("C84: a destination has at most 1088 octets, room for a name of 1023 and its prefix", () => {
  const tooLarge = { code: "too-large", closeCode: 1009 };
  assert.equal(subscribe({ id: "0", destination: "é".repeat(544) }).destination.length, 544);
  assert.throws(() => subscribe({ id: "0", destination: "é".repeat(544) + "x" }), tooLarge);
});

Deno.test("C69: an id of 2 KiB is taken, a longer one is not", () => {
  assert.equal(subscribe({ id: "i".repeat(2048), destination: "/a" }).id?.length, 2048);
  assert.throws(() => subscribe({ id: "i".repeat(2049), destination: "/a" }), {
    code: "too-large",
  });
});

Deno.test("C71: where UNSUBSCRIBE has an id, nothing else names the subscription", () => {
  const name = readUnsubscribe(frame({ id: "0", destination: "/other", "x-id": "1" }), "1.2");
  assert.deepEqual(name, { id: "0", destination: undefined });
});

Deno.test("C64: UNSUBSCRIBE needs an id, and in 1.0 an id or a destination", () => {
  assert.throws(() => readUnsubscribe(frame({ destination: "/a" }), "1.2"), badHeader);
  assert.throws(() => readUnsubscribe(frame({}), "1.0"), badHeader);
  assert.deepEqual(readUnsubscribe(frame({ destination: "/a" }), "1.0"), {
    id: undefined,
    destination: "/a",
  });
});

Deno.test("C36: a body of blanks is let pass, a real one is not, except in 1.0", () => {
  for (const version of ["1.0", "1.1", "1.2"] as const) forbidBody(frame({}, " \r\n\t\n"), version);
  forbidBody(frame({}, "body"), "1.0");
  for (const version of ["1.1", "1.2"] as const) {
    const refused = { code: "malformed-frame", closeCode: 1002 };
    assert.throws(() => forbidBody(frame({}, "\n\nbody"), version), refused);
    assert.throws(() => forbidBody(frame({}, "\0"), version), refused);
  }
});

Deno.test("C36: CONNECT, SUBSCRIBE and UNSUBSCRIBE have no body", () => {
  const refused = { code: "malformed-frame" };
  const connect = frame({ "accept-version": "1.1" }, "x");
  assert.throws(() => readConnect(connect), refused);
  const options = { version: "1.2", limits: defaultLimits } as const;
  assert.throws(() => readSubscribe(frame({ id: "0", destination: "/a" }, "x"), options), refused);
  assert.throws(() => readUnsubscribe(frame({ id: "0" }, "x"), "1.2"), refused);
  assert.equal(readConnect(frame({}, "x")).version, "1.0");
});
