import assert from "node:assert/strict";
import { ProcessMetrics } from "../../src/metrics/process_metrics.ts";
import type { MetricsSnapshot } from "../../src/metrics/snapshot.ts";
import { samplesOf } from "./samples.ts";

/** The numbers of an isolate that counted so many events, one of each `size`, with `open` rooms. */
function numbers(events: number, open: number, up = 1): MetricsSnapshot {
  const of = (value: number, labels = {}, metricName?: string) =>
    metricName ? { value, labels, metricName } : { value, labels };
  const help = "For a test.";
  return [
    {
      name: "events_total",
      help,
      type: "counter",
      aggregator: "sum",
      values: [of(events, { kind: "join" })],
    },
    { name: "rooms", help, type: "gauge", aggregator: "sum", values: [of(open)] },
    { name: "up", help, type: "gauge", aggregator: "min", values: [of(up)] },
    {
      name: "sizes",
      help,
      type: "histogram",
      aggregator: "sum",
      values: [
        of(events, { le: "+Inf" }, "sizes_bucket"),
        of(events * 7, {}, "sizes_sum"),
        of(events, {}, "sizes_count"),
      ],
    },
  ];
}

const EVENTS = 'events_total{kind="join"}';

async function rendered(metrics: ProcessMetrics): Promise<Map<string, number>> {
  return samplesOf(await metrics.render());
}

Deno.test("the isolates of a process are summed", async () => {
  const metrics = new ProcessMetrics();
  metrics.begin(0).update(1, numbers(3, 2));
  metrics.begin(1).update(1, numbers(4, 1));
  const got = await rendered(metrics);
  assert.equal(got.get(EVENTS), 7);
  assert.equal(got.get("rooms"), 3);
});

Deno.test("an isolate that has not answered yet counts with nothing", async () => {
  const metrics = new ProcessMetrics();
  metrics.begin(0);
  metrics.begin(1).update(1, numbers(4, 1));
  assert.equal((await rendered(metrics)).get(EVENTS), 4);
});

Deno.test("an isolate that answers late counts with its last numbers, gauges too", async () => {
  const metrics = new ProcessMetrics();
  const [slow, quick] = [metrics.begin(0), metrics.begin(1)];
  slow.update(1, numbers(3, 2, 0));
  quick.update(1, numbers(4, 1));
  quick.update(2, numbers(5, 1));
  const got = await rendered(metrics);
  assert.equal(got.get(EVENTS), 8);
  assert.equal(got.get("rooms"), 3);
  assert.equal(got.get("up"), 0);
});

Deno.test("an answer that is older than the last one changes nothing", async () => {
  const metrics = new ProcessMetrics();
  const isolate = metrics.begin(0);
  isolate.update(2, numbers(5, 1));
  isolate.update(1, numbers(3, 9));
  const got = await rendered(metrics);
  assert.equal(got.get(EVENTS), 5);
  assert.equal(got.get("rooms"), 1);
});

Deno.test("of an isolate that has ended its counts stay, and its gauges go", async () => {
  const metrics = new ProcessMetrics();
  const [dead, living] = [metrics.begin(0), metrics.begin(1)];
  dead.update(1, numbers(3, 2, 0));
  living.update(1, numbers(4, 1));
  dead[Symbol.dispose]();
  const got = await rendered(metrics);
  assert.equal(got.get(EVENTS), 7);
  assert.equal(got.get("sizes_sum"), 49);
  assert.equal(got.get("sizes_count"), 7);
  assert.equal(got.get('sizes_bucket{le="+Inf"}'), 7);
  assert.equal(got.get("rooms"), 1);
  assert.equal(got.get("up"), 1);
});

Deno.test("what an isolate sent before its end, and comes after it, is not counted twice", async () => {
  const metrics = new ProcessMetrics();
  const dead = metrics.begin(0);
  dead.update(1, numbers(3, 2));
  dead[Symbol.dispose]();
  dead.update(2, numbers(5, 2));
  dead[Symbol.dispose]();
  const got = await rendered(metrics);
  assert.equal(got.get(EVENTS), 3);
  assert.equal(got.get("rooms"), undefined);
});

Deno.test("counts never fall while isolates die and are replaced", async () => {
  const metrics = new ProcessMetrics();
  let shown = 0;
  for (let life = 1; life <= 5; life++) {
    const isolate = metrics.begin(0);
    for (let order = 1; order <= 3; order++) {
      isolate.update(order, numbers(order, 1));
      const events = (await rendered(metrics)).get(EVENTS)!;
      assert.ok(events > shown, `${events} after ${shown}`);
      shown = events;
    }
    isolate[Symbol.dispose]();
    assert.equal((await rendered(metrics)).get(EVENTS), shown);
  }
  assert.equal(shown, 15);
});

Deno.test("an isolate that another one replaces has ended", async () => {
  const metrics = new ProcessMetrics();
  const replaced = metrics.begin(0);
  replaced.update(1, numbers(3, 2));
  metrics.begin(0).update(1, numbers(1, 1));
  replaced.update(2, numbers(9, 9));
  const got = await rendered(metrics);
  assert.equal(got.get(EVENTS), 4);
  assert.equal(got.get("rooms"), 1);
});

Deno.test("a sum of fractions does not fall by a rounding when an isolate ends", async () => {
  const metrics = new ProcessMetrics();
  const isolates = [0.1, 0.2, 0.3].map((seconds, place) => {
    const isolate = metrics.begin(place);
    isolate.update(1, numbers(seconds, 1));
    return isolate;
  });
  // In another order it is less: 0.3 + 0.1 + 0.2 < 0.1 + 0.2 + 0.3.
  const before = (await rendered(metrics)).get(EVENTS)!;
  for (const isolate of isolates.reverse()) {
    isolate[Symbol.dispose]();
    assert.equal((await rendered(metrics)).get(EVENTS), before);
  }
});
