import assert from "node:assert/strict";
import { StopSignals } from "../../src/process/stop_signals.ts";

function stage() {
  const said: string[] = [];
  const clock = { now: 50 };
  const handlers = { stop: () => said.push("stop"), abort: () => said.push("abort") };
  return { said, clock, signals: new StopSignals(handlers, () => clock.now) };
}

Deno.test("signals within a second of the first are one signal", () => {
  const { said, clock, signals } = stage();
  signals.received();
  for (const later of [0, 12, 345, 999]) {
    clock.now = 50 + later;
    signals.received();
  }
  assert.deepEqual(said, ["stop"]);
});

Deno.test("a signal that comes a second after the first ends it now", () => {
  const { said, clock, signals } = stage();
  signals.received();
  clock.now += 1_000;
  signals.received();
  assert.deepEqual(said, ["stop", "abort"]);
});
