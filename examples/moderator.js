/**
 * Prints how many visitors wait, as a moderator sees it.
 *
 *   TOKEN=eyJ... deno run --allow-net --allow-env examples/moderator.js \
 *     --service ws://localhost:8060/waiting-queue --conference room@conference.example
 *
 * Each of the three may be a flag (`--token`) or a variable (`SERVICE`); a token is better off in a
 * variable, for flags can be seen in the list of processes. With Node 22 or later it runs as well,
 * after `npm install @stomp/stompjs`.
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { Client } from "@stomp/stompjs";

const { values: flags } = parseArgs({
  options: {
    service: { type: "string" },
    conference: { type: "string" },
    token: { type: "string" },
  },
});
const service = flags.service ?? process.env.SERVICE ?? "ws://localhost:8060/waiting-queue";
const conference = flags.conference ?? process.env.CONFERENCE;
const token = flags.token ?? process.env.TOKEN;

if (!conference || !token) {
  process.stderr.write("Give --conference and a TOKEN: see the head of this file.\n");
  process.exit(2);
}

/** As wide as a bar gets. */
const MOST_MARKS = 50;

const client = new Client({
  brokerURL: `${service.replace(/^http/, "ws").replace(/\/+$/, "")}/state/websocket`,
  connectHeaders: { Authorization: `Bearer ${token}` },
});

let before = 0;

client.onConnect = () => {
  client.subscribe(`/secured/conference/state/topic.${conference}`, (message) => {
    const { visitorsWaiting } = JSON.parse(message.body);
    print(visitorsWaiting);
    before = visitorsWaiting;
  });
};

// The server says why it refuses, as a token that is no moderator's. Trying again would not help.
client.onStompError = async (frame) => {
  process.stderr.write(`Refused: ${frame.headers.message}\n`);
  process.exitCode = 1;
  await client.deactivate();
};

// Everything else passes: the client connects again by itself.
client.onWebSocketClose = () => {
  if (client.active) process.stderr.write("No connection, trying again in 5 s\n");
};

/** One line a message, which comes at once and then only when the number changed. */
function print(count) {
  const time = new Date().toTimeString().slice(0, 8);
  const change = count === before ? "" : (count > before ? "+" : "") + (count - before);
  const bar = "▪".repeat(Math.min(count, MOST_MARKS));
  const columns = [time, String(count).padStart(6), change.padStart(6), bar];
  process.stdout.write(`${columns.join("  ").trimEnd()}\n`);
}

process.once("SIGINT", async () => {
  await client.deactivate();
  process.exit();
});

client.activate();
