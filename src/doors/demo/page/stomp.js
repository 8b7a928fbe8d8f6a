/**
 * A STOMP client as jitsi-meet sets it up, with an ear on the wire.
 *
 * @module
 */

import { socketAddress } from "./api.js";

/**
 * @typedef {object} Wire what passed on a socket
 * @property {"in" | "out" | "socket"} direction `socket`: it opened or closed
 * @property {string} text
 *
 * @typedef {object} StompOptions
 * @property {string} path of the endpoint
 * @property {() => Promise<string>} token asked for before each connect
 * @property {(wire: Wire) => void} onWire
 * @property {number} [reconnectDelay] in milliseconds; the library's 5 s where it is not given
 */

/**
 * @param {StompOptions} options
 * @returns {any} a client of @stomp/stompjs, not yet active
 */
export function stompClient({ path, token, onWire, ...rest }) {
  const { Client } = Reflect.get(globalThis, "StompJs");
  const client = new Client({
    forceBinaryWSFrames: true,
    appendMissingNULLonIncoming: true,
    webSocketFactory: () => {
      const protocols = client.stompVersions.protocolVersions();
      return tapped(new WebSocket(socketAddress(path), protocols), onWire);
    },
    beforeConnect: async () => {
      const known = await token().catch(() => undefined);
      // Without a server there is no token either: then the connect fails, and is tried again.
      if (known !== undefined) client.connectHeaders = { Authorization: `Bearer ${known}` };
    },
    ...rest,
  });
  return client;
}

/**
 * @param {WebSocket} socket
 * @param {(wire: Wire) => void} onWire
 */
function tapped(socket, onWire) {
  const send = socket.send.bind(socket);
  socket.send = (data) => {
    onWire({ direction: "out", text: textOf(data) });
    send(data);
  };
  socket.addEventListener("message", (event) => {
    onWire({ direction: "in", text: textOf(event.data) });
  });
  socket.addEventListener("close", ({ code, reason }) => {
    onWire({ direction: "socket", text: `closed ${code}${reason === "" ? "" : `: ${reason}`}` });
  });
  return socket;
}

/** @param {any} data */
function textOf(data) {
  return typeof data === "string" ? data : new TextDecoder().decode(data);
}
