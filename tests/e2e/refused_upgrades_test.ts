/**
 * Upgrades that are refused, and peers that then keep their end of the connection open: they must not
 * keep a place.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { Nginx } from "../support/nginx.ts";
import { eachFront } from "../support/fronts.ts";
import { freePort } from "../support/operator.ts";
import { requireProgram } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";

/** Leaves room for half as many accepted connections. */
const FILES = 200;
const REFUSED = 60;
/** What such a peer is given to read the answer, and some more. */
const LINGER_MS = 1_500;

const encoder = new TextEncoder();
const OFFER = "Host: a\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
  "Sec-WebSocket-Version: 13\r\nUpgrade: ";

const HEADS = {
  "400": `GET /visitor HTTP/1.1\r\n${OFFER}websocket\r\nSec-WebSocket-Key: x\r\n\r\n`,
  "403": `GET /visitor HTTP/1.1\r\nOrigin: https://evil.example\r\n${OFFER}websocket\r\n\r\n`,
  "404": `GET /nothing HTTP/1.1\r\n${OFFER}websocket\r\n\r\n`,
} as const;

/** Whether a plain request is answered. */
async function answers({ http }: Service): Promise<boolean> {
  const response = await fetch(`${http}/health`, { headers: { connection: "close" } })
    .catch(() => undefined);
  await response?.body?.cancel();
  return response?.status === 200;
}

Deno.test("a refused upgrade whose peer never closes gives its place back", async () => {
  const env = { WEBSOCKET_SERVER: "ws", ALLOWED_ORIGINS: "https://meet.example" };
  await using service = await Service.start(env, { files: FILES });
  using stack = new DisposableStack();
  for (const [status, head] of Object.entries(HEADS)) {
    for (let i = 0; i < REFUSED; i++) {
      const peer = stack.use(await RawPeer.open(service.port));
      await peer.write(encoder.encode(head));
      const text = await peer.until("\r\n\r\n");
      assert.ok(text.startsWith(`HTTP/1.1 ${status} `), `${status}: ${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
    await eventually("there is room", () => answers(service));
  }
  const token = await visitorToken("room");
  using visitor = await StompSocket.visitor(service.port, token, "room@conference.meet.example");
  await goLive(service, "room@conference.meet.example");
  assert.equal((await visitor.message()).status, "live");
});

if (requireProgram("nginx", ["-v"])) {
  Deno.test("nor does it keep one behind nginx", async () => {
    await using service = await Service.start({ WEBSOCKET_SERVER: "ws" }, { files: FILES });
    await using nginx = await Nginx.start(
      freePort(),
      `location / {
        proxy_pass http://127.0.0.1:${service.port};
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
      }`,
    );
    using stack = new DisposableStack();
    // nginx has 64 connections, two for each of ours.
    for (let i = 0; i < 2 * REFUSED; i++) {
      const peer = stack.use(await RawPeer.open(nginx.port));
      await peer.write(encoder.encode(HEADS["404"]));
      assert.match(await peer.until("\r\n\r\n"), /^HTTP\/1.1 404 /);
      if (i % 25 === 24) await eventually("there is room", () => answers(service));
    }
    await eventually("a visitor gets in", async () => {
      using socket = await RawWebSocket.handshake(nginx.port);
      return socket.status === 101;
    });
  });
}

Deno.test("who offers another protocol is answered in HTTP/1.1, body and all", async () => {
  await using service = await Service.start({ WEBSOCKET_SERVER: "ws" });
  using peer = await RawPeer.open(service.port);
  const head = "POST /golive HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n" +
    "Upgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\nContent-Length: 2\r\n\r\n{}";
  await peer.write(encoder.encode(head));
  assert.match(await peer.until("token_missing"), /^HTTP\/1.1 401 /);
  await peer.write(encoder.encode("GET /health HTTP/1.1\r\nHost: a\r\n\r\n"));
  assert.match(await peer.until('"ok"'), /HTTP\/1.1 200 /);
});

eachFront("an upgrade without a Host is refused", async (env) => {
  await using service = await Service.start(env);
  using peer = await RawPeer.open(service.port);
  await peer.write(
    encoder.encode(HEADS["404"].replace("Host: a\r\n", "").replace("nothing", "visitor")),
  );
  assert.match(await peer.until("\r\n\r\n"), /^HTTP\/1.1 400 /);
});

Deno.test("an upgrade by HTTP/1.0 is refused", async () => {
  await using service = await Service.start({ WEBSOCKET_SERVER: "ws" });
  using peer = await RawPeer.open(service.port);
  const head = HEADS["404"].replace("HTTP/1.1", "HTTP/1.0").replace("nothing", "visitor");
  await peer.write(encoder.encode(head));
  assert.match(await peer.until("\r\n\r\n"), /^HTTP\/1.1 400 /);
});
