import assert from "node:assert/strict";
import { ListTurns } from "../../../src/doors/visitors_list/list_turns.ts";
import type { PeerHandle } from "../../../src/gateway/protocol.ts";
import { FakeClock } from "../../support/fake_clock.ts";

interface FakePeer {
  open: boolean;
  bufferedAmount: number;
}

Deno.test("few lists are on their way at a time; who has read his or has gone makes room", async () => {
  const clock = new FakeClock();
  using turns = new ListTurns(clock);
  const went: number[] = [];
  const peers = Array.from({ length: 20 }, (_, i): FakePeer => {
    const peer = { open: true, bufferedAmount: 1_000_000 };
    turns.take(peer as unknown as PeerHandle).then(() => went.push(i));
    return peer;
  });
  await clock.advance(1_000);
  assert.equal(went.length, 16);
  peers[3]!.bufferedAmount = 0;
  await clock.advance(50);
  assert.deepEqual(went.slice(16), [16]);
  peers[5]!.open = false;
  peers[17]!.open = false;
  await clock.advance(50);
  assert.deepEqual(went.slice(17), [17, 18], "who has gone meanwhile takes no turn");
  for (const peer of peers) peer.bufferedAmount = 0;
  await clock.advance(100);
  assert.deepEqual(went.slice(19), [19]);
  assert.equal(clock.timers, 0);
});
