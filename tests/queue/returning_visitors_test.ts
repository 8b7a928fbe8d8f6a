import assert from "node:assert/strict";
import { ReturningVisitors } from "../../src/queue/returning_visitors.ts";

const ROOM = "room@conference.meet.example";
const OTHER = "other@conference.meet.example";

/** Two workers of a process, and their time of day in seconds. */
function workers() {
  const time = { sec: 1_800_000_000 };
  const memory = ReturningVisitors.share();
  const open = () => new ReturningVisitors(memory, () => time.sec * 1_000);
  return { time, one: open(), two: open() };
}

Deno.test("who was told and waits again within a minute is known, on another worker too", () => {
  const { time, one, two } = workers();
  one.told(7, ROOM);
  time.sec += 59;
  assert.equal(two.comesBack(8, ROOM), false);
  assert.equal(two.comesBack(7, OTHER), false);
  assert.equal(two.comesBack(7, ROOM), true);
  assert.equal(two.comesBack(7, ROOM), false, "once for each time it was told");
  two.told(7, ROOM);
  assert.equal(one.comesBack(7, ROOM), true);
});

Deno.test("after a minute it is a new wait", () => {
  const { time, one } = workers();
  one.told(7, ROOM);
  time.sec += 60;
  assert.equal(one.comesBack(7, ROOM), false);
});

Deno.test("a token that several have says of none of them that it came back", () => {
  const { one, two } = workers();
  one.told(7, ROOM);
  two.told(7, ROOM);
  assert.equal(one.comesBack(7, ROOM), false);
  one.told(7, ROOM);
  assert.equal(one.comesBack(7, ROOM), false);
});

Deno.test("who has no token is not known again", () => {
  const { one } = workers();
  one.told(0, ROOM);
  assert.equal(one.comesBack(0, ROOM), false);
});

Deno.test("a conference is told of once an hour, whichever worker sees it", () => {
  const { time, one, two } = workers();
  assert.deepEqual([one.first(ROOM), two.first(ROOM), two.first(OTHER)], [true, false, true]);
  time.sec += 3_600;
  assert.equal(two.first(ROOM), true);
});

Deno.test("of a large crowd that comes back nearly all are counted, and nobody who was not there", () => {
  const { one, two } = workers();
  const marks = Array.from({ length: 5_000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 2);
  for (const mark of marks) one.told(mark, ROOM);
  const strangers = marks.filter((mark) => two.comesBack(mark ^ 0x155, ROOM)).length;
  const back = marks.filter((mark) => two.comesBack(mark, ROOM)).length;
  assert.ok(back > 4_500, `${back}`);
  assert.ok(strangers < 3, `${strangers}`);
});
