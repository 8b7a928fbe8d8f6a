import assert from "node:assert/strict";
import { configureLogging } from "../../src/log/log.ts";
import { KvStore } from "../../src/store/kv.ts";
import { samplesOf } from "../metrics/samples.ts";
import { eventually } from "../support/eventually.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { openMortals } from "./supervised.ts";

const CONFERENCE = "room@conference.meet.example";

Deno.test({
  name: "what was counted stays counted when workers die and are replaced",
  // The workers' isolates outlive the test by some milliseconds.
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    configureLogging({ level: "error", format: "json", isolate: "test", write: () => {} });
    await using store = await KvStore.open({ path: ":memory:" });
    using stack = new DisposableStack();
    const channel = stack.adopt(new BroadcastChannel("mortal-worker"), (it) => it.close());
    const ids: string[] = [];
    channel.onmessage = ({ data }) => ids.push(data.id);
    const supervisor = await openMortals("metrics-test", store);
    stack.defer(() => supervisor.terminate());
    const read = async () => samplesOf(await supervisor.metricsText());
    const token = await visitorToken("room");
    for (let i = 0; i < 8; i++) {
      stack.use(await StompSocket.visitor(supervisor.port, token, CONFERENCE));
    }
    const SESSIONS = 'waiting_queue_stomp_sessions_total{version="1.2"}';
    const VISITORS = "waiting_queue_visitors_waiting";
    assert.equal((await read()).get(SESSIONS), 8);
    assert.equal((await read()).get(VISITORS), 8);
    for (const id of ids.slice(0, 2)) channel.postMessage(id);
    await eventually("both are replaced", () => Promise.resolve(ids.length === 4));
    await eventually("who waited on them waits no more", async () => {
      const got = await read();
      assert.equal(got.get(SESSIONS), 8);
      return got.get(VISITORS) === 0;
    });
    stack.use(await StompSocket.visitor(supervisor.port, token, CONFERENCE));
    const got = await read();
    assert.equal(got.get(SESSIONS), 9);
    assert.equal(got.get(VISITORS), 1);
    assert.equal([...got.keys()].filter((name) => /build_info/.test(name)).length, 1);
    await supervisor.drain(0);
  },
});
