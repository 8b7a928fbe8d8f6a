import assert from "node:assert/strict";
import { connectionsByLimit, memoryByLimit } from "../src/process_limits.ts";

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

Deno.test("where the limit cannot be read a modest number is assumed", () => {
  assert.equal(connectionsByLimit(nothing), 10_000);
  assert.equal(connectionsByLimit(limits("unlimited unlimited")), 10_000);
});

Deno.test("memory is a part of the machine's, or of the container's where that is less", () => {
  assert.equal(memoryByLimit(nothing, () => 1_000), 800);
  assert.equal(memoryByLimit(() => "500\n", () => 1_000), 400);
  assert.equal(memoryByLimit(() => "max\n", () => 1_000), 800);
  assert.equal(memoryByLimit(() => "9223372036854771712", () => 1_000), 800);
});
