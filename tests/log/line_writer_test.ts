import assert from "node:assert/strict";
import { LineWriter } from "../../src/log/line_writer.ts";

/** Takes what it is given, `size` octets a call at most, while it is open. */
class Target {
  readonly writes: Uint8Array[] = [];
  #gate = Promise.withResolvers<void>();

  constructor(readonly size = Infinity) {}

  open(): void {
    this.#gate.resolve();
  }

  fail(): void {
    this.#gate.reject(new Error("broken pipe"));
  }

  async write(data: Uint8Array): Promise<number> {
    await this.#gate.promise;
    const taken = data.slice(0, this.size);
    this.writes.push(taken);
    return taken.length;
  }

  get text(): string {
    const decoder = new TextDecoder();
    return this.writes.map((part) => decoder.decode(part, { stream: true })).join("");
  }
}

Deno.test("lines come out whole and in order, also when a write takes only a part", async () => {
  const target = new Target(7);
  target.open();
  const writer = new LineWriter(target);
  const lines = Array.from({ length: 50 }, (_, i) => `line ${i} é`);
  for (const line of lines) writer.write(line);
  await writer.flush(10_000);
  assert.equal(target.text, lines.map((line) => line + "\n").join(""));
});

Deno.test("a write holds whole lines and no more than a pipe takes as one", async () => {
  const target = new Target();
  target.open();
  const writer = new LineWriter(target);
  for (let i = 0; i < 500; i++) writer.write(`${i} ${"é".repeat(i)}`);
  await writer.flush(10_000);
  assert.ok(target.writes.length < 500);
  for (const data of target.writes) {
    assert.ok(data.length <= 4096);
    assert.equal(data.at(-1), 10);
  }
});

Deno.test("while nobody reads, lines are kept up to a bound, then dropped and counted", async () => {
  const target = new Target();
  const writer = new LineWriter(target);
  for (let i = 0; i < 12_000; i++) writer.write("x");
  target.open();
  await writer.flush(10_000);
  const lines = target.text.trimEnd().split("\n");
  assert.equal(lines.length, 10_001);
  assert.equal(JSON.parse(lines.at(-1)!).dropped, 2000);
});

Deno.test("the bound holds for few but long lines as well", async () => {
  const target = new Target();
  const writer = new LineWriter(target);
  for (let i = 0; i < 6; i++) writer.write("x".repeat(1024 * 1024));
  target.open();
  await writer.flush(10_000);
  assert.equal(JSON.parse(target.text.trimEnd().split("\n").at(-1)!).dropped, 2);
});

Deno.test("a flush gives up after its time", async () => {
  const writer = new LineWriter(new Target());
  writer.write("x");
  await writer.flush(1);
});

Deno.test("a broken target loses lines and breaks nothing", async () => {
  const target = new Target();
  const writer = new LineWriter(target);
  writer.write("x");
  target.fail();
  await writer.flush(10_000);
  writer.write("y");
  await writer.flush(10_000);
  assert.equal(target.text, "");
});
