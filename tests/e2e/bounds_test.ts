/**
 * Bounds for one token, one address and all strangers, over all workers and on both fronts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { toldOnce, waitAt } from "./line.ts";
import { eachSetup } from "./setups.ts";

const CONFERENCE = "room@conference.meet.example";

/** The statuses of so many upgrades whose connections stay open. */
async function upgrades(
  port: number,
  headers: readonly Readonly<Record<string, string>>[],
  stack: DisposableStack,
): Promise<number[]> {
  const statuses: number[] = [];
  for (const each of headers) {
    const socket = stack.use(await RawWebSocket.handshake(port, { headers: each }));
    statuses.push(socket.status);
  }
  return statuses;
}

eachSetup(
  "an address has as many connections as it may, and a backend is heard all the same",
  async (env) => {
    await using service = await Service.start({ ...env, MAX_CONNECTIONS_PER_ADDRESS: "6" });
    using stack = new DisposableStack();
    const claims = Array.from({ length: 8 }, (_, i) => ({ "X-Forwarded-For": `198.51.100.${i}` }));
    const statuses = await upgrades(service.port, claims, stack);
    assert.deepEqual(statuses, [...Array(6).fill(101), 503, 503]);
    assert.equal((await goLive(service, CONFERENCE)).status, "live");
  },
);

eachSetup("behind a proxy that is trusted, the address is the client's", async (env) => {
  await using service = await Service.start({
    ...env,
    MAX_CONNECTIONS_PER_ADDRESS: "2",
    TRUSTED_PROXIES: "127.0.0.0/8",
  });
  using stack = new DisposableStack();
  const from = (address: string) => ({ "X-Forwarded-For": `192.0.2.1, ${address}` });
  const headers = ["198.51.100.1", "198.51.100.2"].flatMap((one) => Array(3).fill(from(one)));
  const statuses = await upgrades(service.port, headers, stack);
  assert.deepEqual(statuses, [101, 101, 503, 101, 101, 503]);
});

eachSetup(
  "a token has as many connections as it may; whoever comes later is told to come again",
  async (env) => {
    await using service = await Service.start({ ...env, MAX_CONNECTIONS_PER_TOKEN: "4" });
    using stack = new DisposableStack();
    const token = await visitorToken("room");
    for (let i = 0; i < 4; i++) stack.use(await StompSocket.connect(service.port, token));
    using fifth = await StompSocket.open(service.port, token);
    assert.equal(await fifth.socket.readClose(), 1013);
    const another = await visitorToken("room", { ttlSec: 1_800 });
    using visitor = await StompSocket.visitor(service.port, another, CONFERENCE);
    await goLive(service, CONFERENCE);
    assert.equal((await visitor.message()).status, "live");
  },
);

eachSetup(
  "strangers take half of all places, and newcomers come in before the oldest of them",
  async (env) => {
    await using service = await Service.start({ ...env, MAX_CONNECTIONS: "40" });
    using stack = new DisposableStack();
    const visitors = await waitAt(service, CONFERENCE, 4);
    const strangers: RawWebSocket[] = [];
    for (let i = 0; i < 60; i++) {
      const stranger = stack.use(await RawWebSocket.handshake(service.port));
      assert.equal(stranger.status, 101);
      strangers.push(stranger);
    }
    if (env.WORKERS === "1") {
      // The last but one to go had the time to answer.
      assert.equal(await strangers[39]!.readClose(), 1013);
    }
    const token = await visitorToken("room");
    for (let i = 0; i < 8; i++) {
      visitors.push(
        await StompSocket.visitor(service.port, token, CONFERENCE),
      );
    }
    assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 12);
    await toldOnce(visitors);
  },
);
