/**
 * A process that runs the shipped bundle of `@wazo/sdk` as it is: it reads what to do as lines of
 * JSON, and writes what it hears likewise. Its argument is the path of the bundle.
 *
 * @module
 */

import { createRequire } from "node:module";
import { TextLineStream } from "../support/text_line_stream.ts";

const sdk = createRequire(import.meta.url)(Deno.args[0]);
const { WebSocketClient, Checker } = sdk;
const { Websocket } = sdk.default;

let client;

function say(what, value) {
  const line = JSON.stringify({ what, value: value === undefined ? null : value });
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function session(token) {
  return { token, uuid: "u1", engineVersion: "24.01", hasEngineVersionGte: () => true };
}

const COMMANDS = {
  open({ host, token, events }) {
    const heartbeat = { delay: 200, timeout: 2_000, max: 3 };
    client = new WebSocketClient({ host, token, events, version: 2, heartbeat }, {
      minReconnectionDelay: 200,
      maxReconnectionDelay: 500,
    });
    for (const name of ["initialized", "on_auth_failed", "onopen", ...events]) {
      client.on(name, (event) => say(name, event?.name ? event : undefined));
    }
    client.on("onclose", ({ code }) => say("onclose", code));
    client.on("onmessage", (data) => {
      if (JSON.parse(data).op === "pong") say("pong", JSON.parse(data).data);
    });
    client.connect();
  },
  heartbeat() {
    client.setOnHeartbeatTimeout(() => say("heartbeat timed out"));
    client.startHeartbeat();
  },
  updateToken({ token }) {
    client.updateToken(token);
  },
  singleton({ host, token, events }) {
    for (const name of events) Websocket.on(name, (event) => say(name, event));
    Websocket.on("initialized", () => say("initialized"));
    Websocket.open(host, session(token));
  },
  async check({ host, token }) {
    const checker = new Checker(host, session(token));
    checker.checks = checker.checks.filter(({ name }) => name === "Event transport (WS)");
    await checker.check(
      () => {},
      (name, result) => say("check", [name, result?.message ?? "fine"]),
    );
  },
};

say("ready");
const lines = Deno.stdin.readable.pipeThrough(new TextLineStream());
for await (const line of lines) {
  const { do: command, ...options } = JSON.parse(line);
  await COMMANDS[command](options);
}
Deno.exit(0);
