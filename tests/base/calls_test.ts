import assert from "node:assert/strict";
import { Calls } from "../../src/base/calls.ts";

/** Longer than any test runs. */
const LATE_MS = 600_000;

Deno.test("each answer reaches its call, in whichever order they come", async () => {
  using calls = new Calls<string>();
  const posted: number[] = [];
  const [a, b] = [1, 2].map(() => calls.call(LATE_MS, (call) => posted.push(call)));
  calls.answer(posted[1]!, "b");
  calls.answer(posted[0]!, "a");
  assert.deepEqual(await Promise.all([a, b]), ["a", "b"]);
});

Deno.test("a call that nobody answers in time has no answer, and a late one is ignored", async () => {
  using calls = new Calls<string>();
  let posted = 0;
  assert.equal(await calls.call(0, (call) => posted = call), undefined);
  calls.answer(posted, "late");
});

Deno.test("when nobody is left to answer, no call waits any longer", async () => {
  const calls = new Calls<string>();
  const waiting = calls.call(LATE_MS, () => {});
  calls[Symbol.dispose]();
  assert.equal(await waiting, undefined);
  assert.equal(await calls.call(LATE_MS, () => assert.fail("posted")), undefined);
});
