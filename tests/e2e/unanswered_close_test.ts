/**
 * Peers that never answer our Close, however they came to it: their places are free soon after.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eachFront } from "../support/fronts.ts";
import { eventually } from "../support/eventually.ts";
import { metric } from "../support/operator.ts";
import { encodeFrame, OP, RawWebSocket } from "../support/raw_websocket.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";

const MAX_CONNECTIONS = 30;
/** Strangers have half of the places. */
const STRANGERS = MAX_CONNECTIONS / 2;

/** Resolves when as many visitors as there are places have been let in. */
async function allPlacesAreFree(service: Service): Promise<void> {
  const token = await visitorToken("room");
  using visitors = new DisposableStack();
  for (let i = 0; i < MAX_CONNECTIONS; i++) {
    await eventually(`there is room for visitor ${i}`, async () => {
      const socket = await StompSocket.connect(service.port, token).catch(() => undefined);
      if (socket) visitors.use(socket);
      return socket !== undefined;
    });
  }
  assert.equal(await metric(service, "waiting_queue_connections"), MAX_CONNECTIONS);
  assert.equal(await metric(service, "waiting_queue_connections_unclosed"), 0);
}

eachFront("a bad token, and the Close is never answered", async (env) => {
  await using service = await Service.start({ ...env, MAX_CONNECTIONS: String(MAX_CONNECTIONS) });
  using peers = new DisposableStack();
  for (let i = 0; i < STRANGERS; i++) {
    const peer = peers.use(await StompSocket.open(service.port, "a.b.c"));
    assert.equal(await peer.socket.readClose(), 1008);
  }
  await allPlacesAreFree(service);
});

eachFront("a message in fragments that go on after the deadline of CONNECT", async (env) => {
  const all = { ...env, MAX_CONNECTIONS: String(MAX_CONNECTIONS), CONNECT_TIMEOUT_MS: "500" };
  await using service = await Service.start(all);
  using peers = new DisposableStack();
  const fragment = encodeFrame(OP.continuation, "x", { fin: false });
  for (let i = 0; i < STRANGERS; i++) {
    const peer = peers.use(await RawWebSocket.handshake(service.port));
    await peer.write(encodeFrame(OP.text, "C", { fin: false }));
    const drip = setInterval(() => peer.write(fragment).catch(() => {}), 50);
    peers.defer(() => clearInterval(drip));
  }
  await allPlacesAreFree(service);
});

// On the other front such a message ends at its bound, long before memory is short.
Deno.test("a message in fragments that go on after memory was short (deno)", async () => {
  const env = { WEBSOCKET_SERVER: "deno", MAX_MEMORY_MB: "300", CONNECT_TIMEOUT_MS: "60000" };
  await using service = await Service.start({
    ...env,
    MAX_CONNECTIONS: String(MAX_CONNECTIONS),
  });
  using peer = await RawWebSocket.handshake(service.port);
  const closing = peer.readClose();
  const fragment = encodeFrame(OP.continuation, new Uint8Array(2 ** 20), { fin: false });
  await peer.write(encodeFrame(OP.text, "C", { fin: false }));
  const shed = service.logged(({ message }) => message.startsWith("Memory is short"));
  let isShed = false;
  void shed.then(() => isShed = true);
  while (!isShed) await peer.write(fragment);
  assert.equal(await closing, 1013);
  const drip = setInterval(() => peer.write(fragment).catch(() => {}), 50);
  using _drip = { [Symbol.dispose]: () => clearInterval(drip) };
  await service.logged(({ message }) => message.startsWith("Memory is well"));
  await allPlacesAreFree(service);
});
