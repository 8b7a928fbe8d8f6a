/**
 * A process that stands still for a while, as under a hypervisor that pauses it (F26): what was sent
 * to it meanwhile has arrived, so nobody is late.
 *
 * @module
 */

import assert from "node:assert/strict";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { goLive } from "../support/rest.ts";
import type { Service } from "../support/service.ts";
import { frame, parse, StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { toldOnce, waitAt } from "./line.ts";
import { eachFront } from "./setups.ts";

const CONFERENCE = "room@conference.meet.example";
/** Shorter than the stall: whoever connects during it would be too late by the clock. */
const CONNECT_TIMEOUT_MS = 1_500;
const STALL_MS = 2_000;
const STRANGERS = 20;

async function stall(service: Service, meanwhile: () => Promise<void>): Promise<void> {
  service.kill("SIGSTOP");
  try {
    await meanwhile();
    await new Promise((resolve) => setTimeout(resolve, STALL_MS));
  } finally {
    service.kill("SIGCONT");
  }
}

eachFront("Stall", { CONNECT_TIMEOUT_MS: String(CONNECT_TIMEOUT_MS), HEARTBEAT_MS: "1000" }, {
  "F26: after a stall nobody is taken for late or dead who spoke during it": async (service) => {
    const token = await visitorToken("*");
    const beats = { "heart-beat": "1000,1000" };
    const waiting = await waitAt(service, CONFERENCE, 5);
    using beating = await StompSocket.connect(service.port, token, beats);
    using stack = new DisposableStack();
    const strangers: RawWebSocket[] = [];
    while (strangers.length < STRANGERS) {
      strangers.push(stack.use(await RawWebSocket.handshake(service.port)));
    }
    const connect = frame("CONNECT", {
      "accept-version": "1.2",
      Authorization: `Bearer ${token}`,
    });
    await stall(service, async () => {
      for (const stranger of strangers) await stranger.text(connect);
      await beating.send("ACK", { id: "x", receipt: "during" });
    });
    for (const stranger of strangers) {
      assert.equal(parse(await stranger.readText()).command, "CONNECTED");
    }
    assert.equal((await beating.expect("RECEIPT")).headers["receipt-id"], "during");
    assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, waiting.length);
    await toldOnce(waiting);
  },
});
