import assert from "node:assert/strict";
import { acceptedByLimit, connectionsByLimit, memoryByLimit } from "../../src/process/limits.ts";

const limits = (files: string) => () =>
  `Limit   Soft Limit  Hard Limit  Units\nMax open files   ${files}   files\n`;
const nothing = () => {
  throw new Deno.errors.NotFound();
};

Deno.test("connections are what the file-descriptor limit allows, less a reserve", () => {
  assert.equal(connectionsByLimit(limits("20000 20000")), 19_488);
  assert.equal(connectionsByLimit(limits("1024 4096")), 512);
  assert.equal(connectionsByLimit(limits("256 256")), 128);
});

Deno.test("more TCP connections than WebSockets fit, so that backends are heard", () => {
  assert.equal(acceptedByLimit(limits("20000 20000"), 5_000), 19_744);
  assert.equal(acceptedByLimit(limits("1024 4096"), 5_000), 768);
  assert.equal(acceptedByLimit(limits("256 256"), 5_000), 128);
  // The image may not read the limit; its settings follow from it.
  assert.equal(acceptedByLimit(nothing, 19_488), 19_744);
});

Deno.test("where the limit cannot be read, or there is none, a number is assumed", () => {
  assert.equal(connectionsByLimit(nothing), 10_000);
  assert.equal(connectionsByLimit(limits("unlimited unlimited")), 1_000_000);
});

Deno.test("memory is a part of the machine's, or of the container's where that is less", () => {
  assert.equal(memoryByLimit({ total: 1_000, constrained: 0 }), 800);
  assert.equal(memoryByLimit({ total: 1_000, constrained: 500 }), 400);
  assert.equal(memoryByLimit({ total: 1_000, constrained: 2 ** 63 }), 800);
});

Deno.test("the memory of this machine can be read", () => {
  const most = memoryByLimit();
  assert.ok(most > 0 && most < Deno.systemMemoryInfo().total);
});
