import assert from "node:assert/strict";
import {
  afterReport,
  type ComputedState,
  type MediaReport,
  type MediaState,
} from "../../src/rooms/media.ts";

const STATES = ["init", "waiting", "starting", "sending", "receiving", "sendrecv", "cleanup"];

function report(event: string, state: string, counters: readonly number[]): MediaReport {
  const [connections, sendStreams, recvStreams] = counters as [number, number, number];
  return { event, state, connections, sendStreams, recvStreams };
}

/** The states after each of several reports of one participation. */
function after(...reports: MediaReport[]): MediaState[] {
  const states: MediaState[] = [];
  for (const each of reports) states.push(afterReport(states.at(-1), each, 1_000));
  return states;
}

const CALL: [event: string, state: ComputedState, counters: number[]][] = [
  ["Session.connectionCreated", "waiting", [1, 0, 0]],
  ["Session.connectionCreated", "starting", [2, 0, 0]],
  ["Publisher.streamCreated", "sending", [2, 1, 0]],
  ["Session.streamCreated", "sendrecv", [2, 1, 1]],
  ["Publisher.streamDestroyed", "receiving", [2, 0, 1]],
  ["Session.StreamDestroyed", "cleanup", [2, 0, 0]],
  ["Session.connectionDestroyed", "waiting", [1, 0, 0]],
  ["Session.connectionDestroyed", "init", [0, 0, 0]],
];

Deno.test("R78: every report of a call agrees and follows, and its counters tell its state", () => {
  const states = after(...CALL.map(([event, state, counters]) => report(event, state, counters)));
  for (const [i, each] of states.entries()) {
    assert.equal(each.computedState, CALL[i]![1]);
    assert.ok(each.stateAgrees && each.countersFollow, JSON.stringify(each));
    assert.equal(each.reports, i + 1);
  }
});

/** Counters, whether streams came before, what they tell, and what else may be said of them. */
const TABLE: [number[], boolean, ComputedState, string[]][] = [
  [[2, 1, 1], false, "sendrecv", []],
  [[0, 3, 2], false, "sendrecv", []],
  [[2, 1, 0], false, "sending", []],
  [[2, 0, 1], false, "receiving", []],
  [[2, 0, 0], false, "starting", ["waiting"]],
  [[2, 0, 0], true, "cleanup", ["starting"]],
  [[1, 0, 0], false, "waiting", ["init", "starting", "cleanup"]],
  [[0, 0, 0], true, "init", ["waiting", "cleanup"]],
];

for (const [counters, streamed, computed, also] of TABLE) {
  Deno.test(`R79: ${counters} ${streamed ? "after streams" : ""} is ${computed}, or ${also}`, () => {
    const before = streamed ? after(report("x", "sending", [2, 1, 0])) : [];
    for (const state of STATES) {
      const said = report("Session.connectionCreated", state, counters);
      const next = afterReport(before.at(-1), said, 0);
      assert.equal(next.computedState, computed);
      assert.equal(next.stateAgrees, state === computed || also.includes(state), state);
    }
  });
}

Deno.test("R79: alone before any stream, waiting stands for starting only as a connection comes", () => {
  const [state] = after(report("Publisher.streamCreated", "waiting", [2, 0, 0]));
  assert.deepEqual([state!.computedState, state!.stateAgrees], ["starting", false]);
});

Deno.test("R80: a report that was lost shows in the next one, and in no other", () => {
  for (let lost = 0; lost < CALL.length - 1; lost++) {
    const kept = CALL.filter((_, i) => i !== lost);
    const states = after(...kept.map(([event, state, counters]) => report(event, state, counters)));
    for (const [i, each] of states.entries()) assert.equal(each.countersFollow, i !== lost, `${i}`);
  }
});

Deno.test("R80: unknown events change nothing, and the kinds of streams count as streams", () => {
  const [, unknown, video] = after(
    report("Session.connectionCreated", "waiting", [1, 0, 0]),
    report("sdk.exception.x", "waiting", [1, 0, 0]),
    report("Session.av.streamCreated", "receiving", [1, 0, 1]),
  );
  assert.ok(unknown!.countersFollow && video!.countersFollow);
});

Deno.test("R81: what the shipped client tells on its way agrees", () => {
  const states = after(
    report("Session.connectionCreated", "waiting", [2, 0, 0]),
    report("Session.connectionDestroyed", "starting", [1, 0, 0]),
  );
  assert.deepEqual(states.map(({ stateAgrees }) => stateAgrees), [true, true]);
});
