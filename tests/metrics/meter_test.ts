import assert from "node:assert/strict";
import { Meter } from "../../src/metrics/meter.ts";
import { samples } from "./samples.ts";

Deno.test("what a door declares is counted under its name, and summed over isolates", async () => {
  const isolates = [new Meter(), new Meter()];
  for (const meter of isolates) {
    const events = meter.counter({
      name: "echo_events_total",
      help: "Events, by kind.",
      labels: ["kind"],
    });
    events.inc({ kind: "join" });
    events.add(3, { kind: "leave" });
    const rooms = meter.gauge({ name: "echo_rooms", help: "Rooms." });
    rooms.inc();
    rooms.inc();
    rooms.dec();
    const sizes = meter.histogram({
      name: "echo_room_members",
      help: "Members.",
      buckets: [1, 10],
    });
    sizes.observe(5);
  }
  const got = await samples(...isolates);
  assert.equal(got.get('waiting_queue_echo_events_total{kind="join"}'), 2);
  assert.equal(got.get('waiting_queue_echo_events_total{kind="leave"}'), 6);
  assert.equal(got.get("waiting_queue_echo_rooms"), 2);
  assert.equal(got.get('waiting_queue_echo_room_members_bucket{le="1"}'), 0);
  assert.equal(got.get('waiting_queue_echo_room_members_bucket{le="10"}'), 2);
  assert.equal(got.get("waiting_queue_echo_room_members_sum"), 10);
});

Deno.test("a gauge of the whole process is not summed", async () => {
  const [a, b] = [new Meter(), new Meter()];
  for (const [meter, value] of [[a, 3], [b, 5]] as const) {
    const aggregators = ["min", "max", "first", "sum"] as const;
    for (const aggregator of aggregators) {
      meter.gauge({ name: `echo_${aggregator}`, help: "A number.", aggregator }).set(value);
    }
  }
  const got = await samples(a, b);
  assert.equal(got.get("waiting_queue_echo_min"), 3);
  assert.equal(got.get("waiting_queue_echo_max"), 5);
  assert.equal(got.get("waiting_queue_echo_first"), 3);
  assert.equal(got.get("waiting_queue_echo_sum"), 8);
});

Deno.test("a counter's name says that it is one, and no name is taken twice", () => {
  const meter = new Meter();
  assert.throws(() => meter.counter({ name: "echo_events", help: "Events." }), TypeError);
  meter.counter({ name: "echo_events_total", help: "Events." });
  assert.throws(() => meter.gauge({ name: "echo_events_total", help: "Events." }), /already/);
});

Deno.test("a counter takes nothing back", () => {
  const counter = new Meter().counter({ name: "echo_events_total", help: "Events." });
  assert.throws(() => counter.add(-1));
});

Deno.test("several labels take a bounded number of combinations", async () => {
  const meter = new Meter();
  const counter = meter.counter({
    name: "echo_events_total",
    help: "Events.",
    labels: ["kind", "code"],
  });
  for (let i = 0; i < 30; i++) {
    for (let j = 0; j < 30; j++) counter.inc({ kind: `k${i}`, code: `c${j}` });
  }
  const got = [...await samples(meter)].filter(([name]) => name.startsWith("waiting_queue_echo"));
  assert.equal(got.length, 257);
  assert.equal(got.reduce((sum, [, value]) => sum + value, 0), 900);
  const other = got.find(([name]) => name.includes('kind="other",code="other"'));
  assert.equal(other?.[1], 900 - 256);
});

Deno.test("a snapshot is not changed by what is counted after it", async () => {
  const meter = new Meter();
  const counter = meter.counter({ name: "echo_events_total", help: "Events." });
  counter.inc();
  const snapshot = await meter.snapshot();
  counter.inc();
  assert.deepEqual(snapshot[0]!.values, [{ value: 1, labels: {} }]);
});
