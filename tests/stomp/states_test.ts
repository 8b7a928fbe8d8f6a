import assert from "node:assert/strict";
import { StompError } from "../../src/stomp/mod.ts";
import { actionOf, type SessionState } from "../../src/stomp/states.ts";

const COMMANDS = [
  ...["CONNECT", "STOMP", "SUBSCRIBE", "UNSUBSCRIBE", "ACK", "NACK", "DISCONNECT"],
  ...["SEND", "BEGIN", "COMMIT", "ABORT"],
  ...["CONNECTED", "MESSAGE", "RECEIPT", "ERROR", "connect", "Subscribe", "FOO", "constructor"],
];

function outcome(state: SessionState, command: string): string {
  try {
    return actionOf(state, command);
  } catch (error) {
    assert.ok(error instanceof StompError);
    return `${error.code} ${error.closeCode}`;
  }
}

function outcomes(state: SessionState): Record<string, string> {
  return Object.fromEntries(COMMANDS.map((command) => [command, outcome(state, command)]));
}

function all(result: string): Record<string, string> {
  return Object.fromEntries(COMMANDS.map((command) => [command, result]));
}

Deno.test("C42 C46: the first frame is CONNECT or STOMP", () => {
  assert.deepEqual(outcomes("connecting"), {
    ...all("not-connected 1002"),
    CONNECT: "connect",
    STOMP: "connect",
  });
});

Deno.test("C48: while the verdict is awaited every frame waits", () => {
  assert.deepEqual(outcomes("authenticating"), all("hold"));
});

Deno.test("C32 C47 C73 C74: what a connected session does with each command", () => {
  assert.deepEqual(outcomes("connected"), {
    ...all("bad-command 1002"),
    SUBSCRIBE: "subscribe",
    UNSUBSCRIBE: "unsubscribe",
    ACK: "acknowledge",
    NACK: "acknowledge",
    DISCONNECT: "disconnect",
    CONNECT: "already-connected 1002",
    STOMP: "already-connected 1002",
    SEND: "not-supported 1008",
    BEGIN: "not-supported 1008",
    COMMIT: "not-supported 1008",
    ABORT: "not-supported 1008",
  });
});

Deno.test("C78: after DISCONNECT and after the end nothing is executed", () => {
  assert.deepEqual(outcomes("disconnecting"), all("ignore"));
  assert.deepEqual(outcomes("closed"), all("ignore"));
});
