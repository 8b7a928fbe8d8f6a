import assert from "node:assert/strict";
import { Refusals } from "../../src/stomp_host/refusals.ts";
import { tokenMark } from "../../src/stomp_host/token_mark.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { LogLines } from "../support/log_lines.ts";
import { noMetrics } from "../support/no_metrics.ts";

function setup() {
  const clock = new FakeClock();
  const counted: string[] = [];
  let slowed = 0;
  const refusals = new Refusals({
    clock,
    metrics: { ...noMetrics, authRefused: (code) => void counted.push(code) },
    slowed: { inc: () => void slowed++, add() {} },
  });
  return { clock, counted, refusals, slowed: () => slowed };
}

Deno.test("the first refusal comes at once, each further one later, up to a minute", async () => {
  const { clock, refusals, slowed } = setup();
  const delays: number[] = [];
  for (let i = 0; i < 7; i++) {
    delays.push(refusals.delayMs(7, "/a"));
    await clock.advance(5_000);
  }
  assert.deepEqual(delays, [0, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  assert.equal(slowed(), 6);
});

Deno.test("another token, another destination and ten quiet minutes are a new beginning", async () => {
  const { clock, refusals } = setup();
  refusals.delayMs(7, "/a");
  assert.deepEqual([refusals.delayMs(8, "/a"), refusals.delayMs(7, "/b")], [0, 0]);
  await clock.advance(10 * 60_000);
  assert.equal(refusals.delayMs(7, "/a"), 0);
});

Deno.test("refusals are counted one by one, and are one line a minute in the log", async () => {
  using log = new LogLines();
  const { clock, counted, refusals } = setup();
  for (let i = 0; i < 3; i++) refusals.count("role");
  refusals.count("expired");
  await clock.advance(60_000);
  assert.deepEqual(counted, ["role", "role", "role", "expired"]);
  assert.deepEqual(log.said, ['info: Refused 4 times within a minute: {"role":3,"expired":1}']);
});

Deno.test("the mark of a token is a small number, the same each time, and never 0", () => {
  const mark = tokenMark("Bearer header.payload.signature");
  assert.equal(mark, tokenMark("Bearer header.payload.signature"));
  assert.notEqual(mark, tokenMark("Bearer header.payload.signaturf"));
  assert.ok(mark > 0 && mark < 2 ** 30);
});
