/**
 * One connection that sends the same octets over and over, as fast as the service takes them.
 *
 * @module
 */

import { RawWebSocket } from "./raw_websocket.ts";
import type { FloodPlan } from "./flood.ts";

/** Octets that are sent at a time. */
const BATCH = 64 * 1024;

declare const self: Worker;

self.onmessage = async ({ data }: MessageEvent<FloodPlan>) => {
  using socket = await RawWebSocket.handshake(data.port, { pong: false });
  if (data.connect) {
    await socket.text(data.connect);
    await socket.readText();
  }
  const times = Math.max(1, Math.floor(BATCH / data.octets.length));
  const batch = new Uint8Array(times * data.octets.length);
  for (let i = 0; i < times; i++) batch.set(data.octets, i * data.octets.length);
  self.postMessage("begun");
  const end = performance.now() + data.ms;
  const reading = data.reads ? readAll(socket) : undefined;
  let ended = false;
  while (!ended && performance.now() < end) {
    ended = await socket.write(batch).then(() => false, () => true);
  }
  socket[Symbol.dispose]();
  await reading;
  self.postMessage("over");
};

async function readAll(socket: RawWebSocket): Promise<void> {
  while (await socket.read().catch(() => undefined));
}
