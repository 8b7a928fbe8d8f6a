/**
 * What it costs to be sent a message in fragments of 200 MB in all, and 500 frames that each claim to
 * be 63 MiB. Usage: deno run --allow-all tests/measure/big_frames.ts
 *
 * @module
 */

import { FRONTS } from "../e2e/setups.ts";
import { encodeFrame, OP, RawWebSocket } from "../support/raw_websocket.ts";
import { residentMemory } from "../support/resident.ts";
import type { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { machine, pause, peakMemory, print, startService } from "./setting.ts";

const MIB = 2 ** 20;
const FRAGMENTS = 200;
const CLAIMS = 500;
const CLAIM = 63 * MIB;
/** What of a claimed frame is really sent. */
const SENT = 64 * 1024;
/** How long the claims are left standing. */
const HOLD_MS = 3_000;

/** Sends fragments until all are sent or the service ends it; resolves with how many MiB it took. */
async function train({ port }: Service): Promise<string> {
  using socket = await RawWebSocket.handshake(port);
  const closing = socket.readClose();
  let sent = 0;
  let ended = false;
  for (; sent < FRAGMENTS && !ended; sent++) {
    const op = sent === 0 ? OP.text : OP.continuation;
    const fragment = encodeFrame(op, new Uint8Array(MIB).fill(0x41), { fin: false });
    ended = await socket.write(fragment).then(() => false, () => true);
  }
  const code = await Promise.race([closing, pause(500)]);
  return `${sent} MiB were taken, then ${code ? `Close ${code}` : "nothing was said"}`;
}

/** The head of a frame that claims a length, and the first octets of it. */
function claim(): Uint8Array {
  const frame = new Uint8Array(14 + SENT);
  frame.set([0x82, 0x80 | 127]);
  new DataView(frame.buffer).setBigUint64(2, BigInt(CLAIM));
  return frame;
}

async function claims({ port }: Service): Promise<string> {
  using stack = new DisposableStack();
  const sockets: RawWebSocket[] = [];
  for (let i = 0; i < CLAIMS; i++) sockets.push(stack.use(await RawWebSocket.handshake(port)));
  const octets = claim();
  const codes = sockets.map((socket) => socket.readClose());
  await Promise.all(sockets.map((socket) => socket.write(octets).catch(() => {})));
  const first = await Promise.race([codes[0]!, pause(HOLD_MS)]);
  await pause(HOLD_MS);
  return first ? `Close ${first}` : "kept waiting for the rest";
}

async function measure(service: Service, name: string, work: () => Promise<string>): Promise<void> {
  const idle = residentMemory(service);
  let outcome = "";
  const peak = await peakMemory(service, async () => void (outcome = await work()));
  const began = performance.now();
  using client = await StompSocket.connect(service.port, await visitorToken("*"));
  const wait = performance.now() - began;
  print(
    `  ${name}: ${outcome}; resident ${idle.toFixed(0)} MiB idle, ${peak.toFixed(0)} at most ` +
      `(+${(peak - idle).toFixed(0)}); the next client waited ${wait.toFixed(0)} ms`,
  );
  void client;
}

print(machine());
for (const front of FRONTS) {
  await using service = await startService(front);
  using _first = await StompSocket.connect(service.port, await visitorToken("*"));
  await pause(1_000);
  print(`${front}:`);
  await measure(service, `${FRAGMENTS} fragments of 1 MiB`, () => train(service));
  await pause(1_000);
  await measure(service, `${CLAIMS} claims of 63 MiB`, () => claims(service));
}
// What a service waits for at its start would keep this process for a while.
Deno.exit(0);
