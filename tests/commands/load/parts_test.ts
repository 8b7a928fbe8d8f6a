import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { encodeFrame, FrameReader, OP } from "../../../src/commands/load/frames.ts";
import { lines } from "../../../src/commands/load/lines.ts";
import { jobsOf, loadSpec } from "../../../src/commands/load/load_spec.ts";
import { ProgressLine } from "../../../src/commands/load/progress_line.ts";
import { scaleTo } from "../../../src/commands/load/scale.ts";
import { formatMs, percentile, summarize } from "../../../src/commands/load/statistics.ts";
import { parseTarget } from "../../../src/commands/load/target.ts";

/** A frame as a server sends it: without a mask. */
function serverFrame(op: number, payload: Buffer): Buffer {
  const frame = encodeFrame(op, payload);
  const head = payload.length > 125 ? 4 : 2;
  frame[1]! &= 0x7f;
  return Buffer.concat([frame.subarray(0, head), payload]);
}

Deno.test("property: frames are read however the octets are cut", () => {
  const frames = fc.array(
    fc.record({
      op: fc.constantFrom(OP.text, OP.binary, OP.ping, OP.close),
      length: fc.oneof(fc.integer({ min: 0, max: 130 }), fc.integer({ min: 0, max: 65_535 })),
    }),
    { maxLength: 6 },
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 50 });
  fc.assert(fc.property(frames, cuts, (frames, cuts) => {
    const sent = frames.map(({ op, length }, i) => ({ op, payload: Buffer.alloc(length, i + 1) }));
    let octets = Buffer.concat(sent.map(({ op, payload }) => serverFrame(op, payload)));
    const reader = new FrameReader();
    const read: { op: number; payload: Buffer }[] = [];
    for (const cut of [...cuts, octets.length + 1]) {
      reader.push(octets.subarray(0, cut));
      octets = octets.subarray(cut);
      for (let frame = reader.next(); frame; frame = reader.next()) read.push(frame);
    }
    assert.deepEqual(read.map(({ op, payload }) => [op, payload.length, payload[0]]), [
      ...sent.map(({ op, payload }) => [op, payload.length, payload[0]]),
    ]);
  }));
});

Deno.test("what no waiting queue sends is an error and not a wait", () => {
  for (const octets of [[0x01, 0], [0xc1, 0], [0x81, 0x80], [0x81, 127]]) {
    const reader = new FrameReader();
    reader.push(Buffer.from(octets));
    assert.throws(() => reader.next(), /a frame/);
  }
});

Deno.test("lines are found however the octets are cut, in the middle of a character too", async () => {
  const octets = new TextEncoder().encode("one\nzwei ü\n\nlast");
  for (let size = 1; size < 6; size++) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < octets.length; at += size) chunks.push(octets.subarray(at, at + size));
    const found = await Array.fromAsync(lines(ReadableStream.from(chunks)));
    assert.deepEqual(found, ["one", "zwei ü", "", "last"]);
  }
});

Deno.test("the service is found from its address, with and without the path of the WebSocket", () => {
  const path = "/waiting-queue/visitor/websocket";
  for (const end of ["", "/", "/visitor", "/visitor/websocket", "/visitor/websocket/"]) {
    assert.deepEqual(parseTarget(`wss://meet.example/waiting-queue${end}`), {
      host: "meet.example",
      port: 443,
      secure: true,
      path,
      url: `wss://meet.example${path}`,
      goLiveUrl: "https://meet.example/waiting-queue/golive",
    });
  }
  const inside = parseTarget(
    "wss://meet.example/waiting-queue",
    "http://queue:8060/waiting-queue/",
  );
  assert.equal(inside.goLiveUrl, "http://queue:8060/waiting-queue/golive");
  const root = parseTarget("ws://[::1]:8060");
  assert.deepEqual([root.host, root.port, root.path, root.goLiveUrl], [
    "::1",
    8060,
    "/visitor/websocket",
    "http://[::1]:8060/golive",
  ]);
});

Deno.test("work is shared evenly, and from as many addresses where they cost nothing", async () => {
  const env = {};
  const values = { visitors: "50000", token: "t", processes: "3" };
  const here = jobsOf(await loadSpec({ ...values, url: "ws://127.0.0.1:1" }, new Set(), { env }));
  assert.deepEqual(here.map(({ visitors }) => visitors), [16_666, 16_667, 16_667]);
  assert.equal(here.reduce((sum, { rate }) => sum + rate, 0), 1_000);
  assert.equal(new Set(here.map(({ localAddress }) => localAddress)).size, 3);
  const there = jobsOf(await loadSpec({ ...values, url: "ws://meet.example" }, new Set(), { env }));
  assert.ok(there.every(({ localAddress }) => localAddress === undefined));
});

Deno.test("a percentile is one of the numbers, the least that so many do not exceed", () => {
  const numbers = Array.from({ length: 200 }, (_, i) => i + 1);
  assert.deepEqual(summarize(numbers), { least: 1, median: 100, p95: 190, p99: 198, most: 200 });
  assert.deepEqual(summarize([7]), { least: 7, median: 7, p95: 7, p99: 7, most: 7 });
  assert.equal(percentile([1, 2, 3], 50), 2);
});

Deno.test("times are written with three digits", () => {
  const written = [0.84, 8.44, 84.4, 999, 1_234, 12_345, 75_000].map(formatMs);
  assert.deepEqual(written, ["0.8 ms", "8.4 ms", "84 ms", "999 ms", "1.23 s", "12.3 s", "1.3 min"]);
});

Deno.test("property: an axis begins at 0, holds the greatest value, and has round steps", () => {
  fc.assert(fc.property(fc.double({ min: 0.001, max: 1e9, noNaN: true }), (most) => {
    const { at, ticks } = scaleTo(most, { from: 100, to: 0, ticks: 5 });
    assert.equal(at(0), 100);
    assert.ok(at(most) >= -1e-6, "within the axis");
    assert.ok(ticks.length >= 2 && ticks.length <= 12, `${ticks}`);
    const step = ticks[1]!.toExponential(6);
    assert.match(step, /^[1-9](\.0+)?e/);
  }));
  assert.deepEqual(scaleTo(0, { from: 0, to: 1, ticks: 5 }).ticks.slice(0, 1), [0]);
});

function progress(columns: number | undefined): { line: ProgressLine; text: () => string } {
  let [written, now] = ["", 0];
  const world = { columns, err: (text: string) => void (written += text) };
  return { line: new ProgressLine(world, () => now += 500), text: () => written };
}

Deno.test("in a terminal progress is a bar that is drawn over itself", () => {
  const { line, text } = progress(80);
  line.draw({ what: "waiting", done: 0, of: 10, failed: 0 });
  line.draw({ what: "waiting", done: 2, of: 10, failed: 1 });
  line.draw({ what: "waiting", done: 5, of: 10, failed: 1 });
  line.end({ what: "waiting", done: 9, of: 10, failed: 1 });
  const drawn = text().split("\r").slice(1);
  assert.equal(drawn.length, 4);
  assert.match(drawn[0]!, /^\[·+\] waiting 0\/10$/);
  assert.match(drawn[2]!, /^\[(█+)·+\] waiting 5\/10 {2}5\/s {2}1 failed$/);
  assert.match(drawn[3]!, /^\[█+·+\] waiting 9\/10 {2}1 failed *\n$/);
  assert.ok(drawn.every((each) => each.trimEnd().length < 80));
});

Deno.test("in a narrow one there is no room for a bar, and no line is too long", () => {
  const { line, text } = progress(20);
  line.draw({ what: "waiting", done: 1_000, of: 20_000, failed: 3 });
  assert.equal(text(), "\rwaiting 1,000/20,00");
});

Deno.test("elsewhere it is a line now and then, and one at the end", () => {
  const { line, text } = progress(undefined);
  for (let done = 0; done < 20; done++) line.draw({ what: "told", done, of: 20, failed: 0 });
  line.end({ what: "told", done: 20, of: 20, failed: 0 });
  const written = text().split("\n");
  assert.ok(written.length > 3 && written.length < 13, text());
  assert.equal(written.at(-2), "told 20/20");
});
