/**
 * Behind nginx as an operator has it (F27): what its timeouts, its headers and a drain do to those who
 * wait.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Nginx } from "../support/nginx.ts";
import { freePort } from "../support/operator.ts";
import { requireProgram } from "../support/programs.ts";
import { closeCode, OP, RawWebSocket } from "../support/raw_websocket.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { toldOnce, waitAt } from "./line.ts";
import { FRONTS } from "./setups.ts";

const CONFERENCE = "townhall@conference.meet.example";
/** nginx gives up whom nobody says anything to for so long; shipped it is a minute. */
const READ_TIMEOUT_SEC = 2;
const BEAT_MS = 500;
const MAX_CONNECTIONS = 8;

function locationOf({ port }: Service): string {
  return `location / {
    proxy_pass http://127.0.0.1:${port};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    proxy_read_timeout ${READ_TIMEOUT_SEC}s;
  }`;
}

/** Resolves when a client has heard so many beats, and nothing else. */
async function beats({ socket }: StompSocket, count: number): Promise<void> {
  for (let heard = 0; heard < count; heard++) {
    const next = await socket.read();
    assert.equal(next?.op, OP.text, "it is still there");
    assert.equal(new TextDecoder().decode(next!.payload), "\n");
  }
}

if (requireProgram("nginx", ["-v"])) {
  for (const WEBSOCKET_SERVER of FRONTS) {
    Deno.test(`F27: beats outlast nginx's timeout, and a drain comes through it cleanly (${WEBSOCKET_SERVER})`, async () => {
      await using service = await Service.start({
        WEBSOCKET_SERVER,
        HEARTBEAT_MS: String(BEAT_MS),
      });
      await using nginx = await Nginx.start(freePort(), locationOf(service));
      const token = await visitorToken("*");
      using visitor = await StompSocket.connect(nginx.port, token, {
        "heart-beat": `0,${BEAT_MS}`,
      });
      // Twice its timeout: without beats it would have ended the connection.
      await beats(visitor, Math.ceil(2 * READ_TIMEOUT_SEC * 1_000 / BEAT_MS));
      service.kill("SIGTERM");
      let last = await visitor.socket.read();
      while (last?.op === OP.text) last = await visitor.socket.read();
      assert.equal(last?.op, OP.close);
      assert.equal(closeCode(last!), 1001);
    });
  }
}

Deno.test("F27: who pretends to come from elsewhere gets no more room, and keeps nobody else out", async () => {
  const env = { MAX_CONNECTIONS: String(MAX_CONNECTIONS), CONNECT_TIMEOUT_MS: "60000" };
  await using service = await Service.start(env);
  using stack = new DisposableStack();
  const visitors = await waitAt(service, CONFERENCE, 2);
  const statuses: number[] = [];
  for (let i = 0; i < MAX_CONNECTIONS; i++) {
    const address = `198.51.100.${i}`;
    const headers = {
      "X-Forwarded-For": address,
      "X-Real-IP": address,
      Forwarded: `for=${address}`,
    };
    const stranger = stack.use(await RawWebSocket.handshake(service.port, { headers }));
    statuses.push(stranger.status);
  }
  // Strangers have half of the places: each newcomer drives out the oldest of them.
  assert.deepEqual(statuses, Array(MAX_CONNECTIONS).fill(101));
  // Whoever waited has lost nothing.
  assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 2);
  await toldOnce(visitors);
});
