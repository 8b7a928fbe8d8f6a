import assert from "node:assert/strict";
import { kept } from "../../src/base/kept.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("a thousand askers within the time cost one answer", async () => {
  const clock = new FakeClock();
  let made = 0;
  const ask = kept(() => Promise.resolve(++made), 1_000, clock);
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 1_000 }, ask))), new Set([1]));
  await clock.advance(999);
  assert.equal(await ask(), 1);
  await clock.advance(1);
  assert.equal(await ask(), 2);
});

Deno.test("an answer that takes long is made once, and its time begins when it is there", async () => {
  const clock = new FakeClock();
  const answers: ((value: string) => void)[] = [];
  const ask = kept(() => new Promise<string>((resolve) => answers.push(resolve)), 1_000, clock);
  const first = ask();
  await clock.advance(5_000);
  const second = ask();
  assert.equal(answers.length, 1);
  answers[0]!("a");
  assert.deepEqual(await Promise.all([first, second]), ["a", "a"]);
  await clock.advance(999);
  assert.equal(await ask(), "a");
});

Deno.test("a failure is told to those who wait and is not kept", async () => {
  const clock = new FakeClock();
  let made = 0;
  const ask = kept(
    () => made++ === 0 ? Promise.reject(new Error("no")) : Promise.resolve("yes"),
    1_000,
    clock,
  );
  await assert.rejects(ask(), /no/);
  assert.equal(await ask(), "yes");
});
