import assert from "node:assert/strict";
import { configureLogging } from "../../src/log/log.ts";
import { KvStore } from "../../src/store/kv.ts";
import { eventually } from "../support/eventually.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { openMortals } from "./supervised.ts";

const CONFERENCE = "room@conference.meet.example";

Deno.test({
  name: "a worker that dies is replaced, and its visitors leave the count and come back",
  // The workers' isolates outlive the test by some milliseconds.
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    configureLogging({ level: "error", format: "json", isolate: "test", write: () => {} });
    await using store = await KvStore.open({ path: ":memory:" });
    using channel = new DisposableChannel("mortal-worker");
    const ids: string[] = [];
    channel.onmessage = ({ data }) => ids.push(data.id);
    const supervisor = await openMortals("supervisor-test", store);
    const token = await visitorToken("room");
    const connect = () => StompSocket.visitor(supervisor.port, token, CONFERENCE);
    const visitors = await Promise.all(Array.from({ length: 12 }, connect));
    assert.equal(ids.length, 2);
    channel.postMessage(ids[0]);
    await eventually("replaced", () => Promise.resolve(ids.length === 3));
    // Its sockets ended with it; the other worker's did not.
    const ended = visitors.map(() => false);
    visitors.forEach((visitor, i) => visitor.socket.read().then(() => ended[i] = true));
    await eventually("the count is that of the living", async () => {
      const gone = ended.filter(Boolean).length;
      const gauge = new RegExp(`^waiting_queue_connections ${visitors.length - gone}$`, "m");
      return gone > 0 && gauge.test(await supervisor.metricsText());
    });
    assert.ok(ended.includes(false), "all ended");
    const back = await Promise.all(ended.filter(Boolean).map(connect));
    assert.match(await supervisor.metricsText(), /^waiting_queue_connections 12$/m);
    await supervisor.drain(0);
    for (const visitor of [...visitors, ...back]) visitor[Symbol.dispose]();
    supervisor.terminate();
  },
});

class DisposableChannel extends BroadcastChannel implements Disposable {
  [Symbol.dispose](): void {
    this.close();
  }
}
