import assert from "node:assert/strict";
import { renderChart } from "../../../src/commands/load/chart.ts";
import type { Outcome } from "../../../src/commands/load/outcome.ts";
import { render, succeeded, summaryOf } from "../../../src/commands/load/outcome.ts";

const AT = 1_800_000_000_000;

function outcome(visitors: number, { told = visitors, everyMs = 20 } = {}): Outcome {
  const times = (count: number) => Array.from({ length: count }, (_, i) => AT + i * everyMs);
  return {
    wanted: visitors,
    live: { at: AT, answeredAt: AT + 4, visitorsWaiting: visitors },
    result: {
      type: "result",
      connectMs: times(visitors).map((_, i) => 1 + i / visitors),
      waitedAt: times(visitors),
      toldAt: times(told),
      repeated: 0,
      failures: {},
    },
  };
}

/** Every tag is closed, in order, and no text breaks out of its place. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, slash, name, , self] of svg.matchAll(/<(\/?)([a-z]+)((?:\s[^<>]*?)?)(\/?)>/g)) {
    if (slash) assert.equal(open.pop(), name);
    else if (!self) open.push(name!);
  }
  assert.deepEqual(open, []);
  assert.ok(!/&(?!\w+;)/.test(svg));
}

Deno.test("the picture has both curves, their axes and their marks", () => {
  const svg = renderChart(outcome(5_000, { everyMs: 10 }));
  assertWellFormed(svg);
  for (
    const text of [
      ...["5,000 of 5,000 visitors told live", "5,000 of 5,000 visitors wait"],
      ...["seconds since the go-live was sent", "visitors told", "visitors who wait"],
      ...["half after 25.0 s", "99 % after 49.5 s", "all after 50.0 s", ">50<", ">4,000<"],
    ]
  ) assert.ok(svg.includes(text), text);
  assert.equal(svg.match(/ line"/g)!.length, 2);
  assert.ok(svg.length < 40_000, `${svg.length} characters`);
});

Deno.test("it has no background and is no wider than it says, whatever there is to draw", () => {
  for (const count of [0, 1, 2, 777]) {
    const svg = renderChart(outcome(count, { everyMs: 0.3 }));
    assertWellFormed(svg);
    assert.ok(!svg.includes("<rect") && !svg.includes("NaN") && !svg.includes("Infinity"), svg);
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
    for (const [, x, y] of svg.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)) {
      assert.ok(Number(x) >= 0 && Number(x) <= width! && Number(y) >= 0 && Number(y) <= height!);
    }
  }
});

Deno.test("without a go-live it is the one curve", () => {
  const svg = renderChart({ ...outcome(10), live: undefined });
  assertWellFormed(svg);
  assert.ok(!svg.includes("visitors told"));
});

Deno.test("a load has succeeded when everybody waited and was told once", () => {
  assert.ok(succeeded(outcome(10)));
  assert.ok(!succeeded(outcome(10, { told: 9 })));
  const good = outcome(10);
  assert.ok(!succeeded({ ...good, wanted: 11 }));
  assert.ok(!succeeded({ ...good, result: { ...good.result, repeated: 1 } }));
  assert.ok(!succeeded({ ...good, result: { ...good.result, failures: { gone: 1 } } }));
  assert.ok(succeeded({ ...good, live: undefined, result: { ...good.result, toldAt: [] } }));
});

Deno.test("what is told twice, and what servers say, is shown as it should", () => {
  const good = outcome(10);
  const failures = { "ERROR: \u001b[31mred": 1, "ECONNREFUSED": 5 };
  const text = render({ ...good, result: { ...good.result, repeated: 2, failures } });
  assert.match(text, /\ntold {8}10 of 10, 2 of them told again, 50 a second\n/);
  assert.match(text, /\nfailed {6}5: ECONNREFUSED\nfailed {6}1: ERROR: \\u001b\[31mred\n$/);
  assert.deepEqual(summaryOf(outcome(0)).toldMs, null);
});
