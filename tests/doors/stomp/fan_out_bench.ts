/**
 * What the service itself costs around a crowd: real gateway, sessions and queue. Sockets do nothing
 * and nobody keeps count, so the runtime's part and that of the metrics are not in it.
 *
 * @module
 */

import type { Principal } from "../../../src/auth/principal.ts";
import { Capacity } from "../../../src/gateway/capacity.ts";
import type { Socket, SocketEvents } from "../../../src/gateway/socket.ts";
import { settle } from "../../support/fake_clock.ts";
import { frame, STATE_TOPIC, VISITOR_TOPIC } from "../../support/stomp_socket.ts";
import { CONFERENCE, Stage } from "./stage.ts";

const CROWD = 10_000;
const MODERATORS = 100;
/** The crowd has to come anew each time, which takes longer than what is measured. */
const ROUNDS = { warmup: 3, n: 12 };
/** When our beats are due, of a connection that wants one every ten seconds; and a slot. */
const BEAT_MS = 7_500;
const SLOT_MS = 50;

const CLIENT = { kind: "client", room: "*", tenant: "*", expiresAt: Infinity } as const;
const VISITOR: Principal = { ...CLIENT, role: "visitor" };
const MODERATOR: Principal = { ...CLIENT, role: "moderator" };

const encoder = new TextEncoder();

/** As @stomp/stompjs sends it for jitsi-meet: in binary. */
function octets(command: string, headers: Record<string, string>): Uint8Array {
  return encoder.encode(frame(command, headers));
}

function connect(authorization: string): Uint8Array {
  return octets("CONNECT", {
    Authorization: authorization,
    "accept-version": "1.2,1.1,1.0",
    "heart-beat": "0,10000",
  });
}

function subscribe(destination: string, id = "sub-0"): Uint8Array {
  return octets("SUBSCRIBE", { id, destination });
}

const VISITOR_CONNECT = connect(`Bearer ${"a".repeat(600)}`);
const MODERATOR_CONNECT = connect("moderator");
const WAIT = subscribe(VISITOR_TOPIC + CONFERENCE);
const WATCH = subscribe(STATE_TOPIC + CONFERENCE);
const BEAT = encoder.encode("\n");

let sent = 0;

const socket: Socket = {
  bufferedAmount: 0,
  send: () => void sent++,
  close() {},
  terminate() {},
  ping: () => false,
};

function open(): Promise<Stage> {
  return Stage.open({
    capacity: new Capacity(Capacity.share(1, 3 * CROWD), 0),
    authenticate: (authorization) => authorization === "moderator" ? MODERATOR : VISITOR,
  });
}

/** Someone comes in and sends these messages. */
function come(stage: Stage, ...messages: Uint8Array[]): SocketEvents {
  const events = stage.admit().accept(socket);
  for (const message of messages) events.message(message);
  return events;
}

function comeAll(stage: Stage, subscribeOf: (n: number) => Uint8Array): SocketEvents[] {
  return Array.from({ length: CROWD }, (_, n) => come(stage, VISITOR_CONNECT, subscribeOf(n)));
}

/** Measures `part`, in which so many messages must be sent. */
async function measure(
  b: Deno.BenchContext,
  messages: number,
  part: () => void | Promise<void>,
): Promise<void> {
  const before = sent;
  b.start();
  await part();
  b.end();
  if (sent - before !== messages) throw new Error(`${sent - before} messages were sent`);
}

Deno.bench("10,000 come in", { ...ROUNDS, group: "the way in", baseline: true }, async (b) => {
  await using stage = await open();
  await measure(b, CROWD, () => void comeAll(stage, () => WAIT));
});

Deno.bench("10,000 leave", { ...ROUNDS, group: "the way in" }, async (b) => {
  await using stage = await open();
  const crowd = comeAll(stage, () => WAIT);
  await measure(b, 0, () => crowd.forEach((events) => events.closed()));
});

/** Tells a crowd live of which the `n`-th sends the SUBSCRIBE `subscribeOf(n)`. */
async function goLive(b: Deno.BenchContext, subscribeOf: (n: number) => Uint8Array): Promise<void> {
  await using stage = await open();
  comeAll(stage, subscribeOf);
  await settle();
  await measure(b, CROWD, () => stage.goLive());
}

Deno.bench(
  "tell 10,000 whose clients are alike",
  { ...ROUNDS, group: "a go-live", baseline: true },
  async (b) => {
    await goLive(b, () => WAIT);
  },
);

const waits = Array.from(
  { length: CROWD },
  (_, n) => subscribe(VISITOR_TOPIC + CONFERENCE, `sub-${n}`),
);
Deno.bench(
  "tell 10,000 of whom each has a subscription id of its own",
  { ...ROUNDS, group: "a go-live" },
  async (b) => {
    await goLive(b, (n) => waits[n]!);
  },
);

const idle = await open();
const crowd = comeAll(idle, () => WAIT);

Deno.bench("tell 100 moderators how many wait", { group: "the count" }, async (b) => {
  const moderators = Array.from({ length: MODERATORS }, () => come(idle, MODERATOR_CONNECT));
  await measure(b, MODERATORS, async () => {
    for (const events of moderators) events.message(WATCH);
    await settle();
  });
  for (const events of moderators) events.closed();
});

Deno.bench(
  "turn the wheel and send a beat to each of 10,000",
  { ...ROUNDS, group: "heart-beats", baseline: true },
  async (b) => {
    await idle.clock.advance(BEAT_MS - SLOT_MS);
    await measure(b, CROWD, () => idle.clock.advance(SLOT_MS));
  },
);

Deno.bench(
  "take in a beat of each of 10,000",
  { ...ROUNDS, group: "heart-beats" },
  async (b) => {
    await idle.clock.advance(BEAT_MS);
    await measure(b, 0, () => crowd.forEach((events) => events.message(BEAT)));
  },
);
