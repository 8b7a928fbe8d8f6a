import assert from "node:assert/strict";
import { VisitorsListError } from "../../src/visitors_list/error.ts";
import { keptName, MAX_VISITORS } from "../../src/visitors_list/visitor.ts";
import { Random } from "../queue/random.ts";
import { CONFERENCE, GROUP_MS, Isolates, join, leave, MEETING, Viewer } from "./isolates.ts";

const isCode = (code: string) => (error: unknown) =>
  error instanceof VisitorsListError && error.code === code;

Deno.test("a list has who joined and did not leave, and survives its isolate", async () => {
  using isolates = new Isolates(2);
  await isolates.report(0, join("a"), join("b"), leave("a"), join("c"));
  isolates.network.kill("i0");
  const viewer = await Viewer.open(isolates, 1);
  assert.deepEqual(viewer.ids, ["b", "c"]);
  assert.equal(viewer.following.conference, CONFERENCE);
});

Deno.test("changes are told in order, together after a while, with the name of who leaves", async () => {
  using isolates = new Isolates(2);
  const viewers = [await Viewer.open(isolates, 0), await Viewer.open(isolates, 1)];
  await isolates.report(0, join("a"));
  await isolates.report(1, join("b"), leave("a"));
  await isolates.clock.advance(GROUP_MS - 100);
  assert.deepEqual(viewers[0]!.told, []);
  await isolates.clock.advance(200);
  for (const { told } of viewers) {
    assert.deepEqual(told, [[join("a"), join("b"), { ...leave("a"), name: "A" }]]);
  }
});

Deno.test("what is in the list is not told again, also when it was about to be told", async () => {
  using isolates = new Isolates(1);
  const early = await Viewer.open(isolates);
  await isolates.report(0, join("a"));
  const late = await Viewer.open(isolates);
  assert.deepEqual(late.ids, ["a"]);
  await isolates.report(0, join("b"));
  await isolates.clock.advance(GROUP_MS);
  assert.deepEqual(early.told, [[join("a"), join("b")]]);
  assert.deepEqual(late.told, [[join("b")]]);
});

Deno.test("who was told changes before the list is told the rest of them before it", async () => {
  using isolates = new Isolates(1);
  const viewer = new Viewer(isolates.lists);
  await isolates.during(viewer.following.ready);
  await isolates.report(0, join("a"));
  await isolates.clock.advance(GROUP_MS);
  await isolates.report(0, leave("a"));
  await isolates.during(viewer.following.refresh());
  const list = viewer.following.list();
  assert.deepEqual(list, []);
  assert.deepEqual(viewer.told, [[join("a")], [{ ...leave("a"), name: "A" }]]);
  await isolates.clock.advance(GROUP_MS);
  assert.equal(viewer.told.length, 2);
});

Deno.test("who waits for the list is told nothing before it, unless it gives the list up", async () => {
  using isolates = new Isolates(1);
  const [waits, gives] = [new Viewer(isolates.lists), new Viewer(isolates.lists)];
  for (const viewer of [waits, gives]) {
    await isolates.during(viewer.following.ready);
    viewer.following.hold();
  }
  await isolates.report(0, join("a"));
  await isolates.clock.advance(GROUP_MS);
  await isolates.report(0, join("b"));
  assert.deepEqual([waits.told, gives.told], [[], []]);
  waits.list(waits.following.list());
  waits.following.release();
  gives.following.release();
  await isolates.clock.advance(GROUP_MS);
  assert.deepEqual([waits.ids, waits.told], [["a", "b"], []]);
  assert.deepEqual(gives.told, [[join("a")], [join("b")]]);
});

Deno.test("a report that is repeated changes nothing; a new name does", async () => {
  using isolates = new Isolates(1);
  const viewer = await Viewer.open(isolates);
  const { lists } = isolates;
  const first = await lists.report(MEETING, CONFERENCE, [join("a"), join("a", "Ann"), leave("x")]);
  assert.deepEqual(first, { changed: 2, full: 0 });
  const again = await lists.report(MEETING, CONFERENCE, [join("a", "Ann"), leave("x")]);
  assert.deepEqual(again, { changed: 0, full: 0 });
  await isolates.clock.advance(GROUP_MS);
  assert.deepEqual(viewer.told, [[join("a"), join("a", "Ann")]]);
});

Deno.test("a meeting is of one conference, which a viewer hears when the list begins", async () => {
  using isolates = new Isolates(2);
  const viewer = await Viewer.open(isolates, 1);
  assert.deepEqual([viewer.ids, viewer.following.conference], [[], undefined]);
  await isolates.report(0, join("a"));
  await isolates.clock.advance(GROUP_MS);
  assert.deepEqual(viewer.conferences, [CONFERENCE]);
  const other = isolates.lists.report(MEETING, "other@conference.meet.example", [join("b")]);
  await assert.rejects(other, isCode("conference"));
});

Deno.test("a list that is dropped is empty everywhere and may begin again", async () => {
  using isolates = new Isolates(2);
  await isolates.report(0, join("a"), join("b"));
  const viewer = await Viewer.open(isolates, 1);
  await isolates.during(isolates.lists.drop(MEETING));
  await isolates.clock.advance(GROUP_MS);
  assert.deepEqual(viewer.ids, []);
  assert.equal(isolates.entries.size, 0, "nothing of it stays in the store");
  await isolates.report(1, leave("a"));
  assert.equal(isolates.entries.size, 0, "a visitor who leaves late begins no list");
  await isolates.report(0, join("c"));
  await isolates.clock.advance(GROUP_MS);
  assert.deepEqual(viewer.ids, ["c"]);
});

Deno.test("ten thousand visitors come, most of them go, and the store keeps little more than the list", async () => {
  using isolates = new Isolates(2);
  const viewer = await Viewer.open(isolates, 1);
  const ids = Array.from({ length: 10_000 }, (_, i) => `visitor-${i}`);
  for (let at = 0; at < ids.length; at += 500) {
    await isolates.report(at / 500 % 2, ...ids.slice(at, at + 500).map((id) => join(id)));
  }
  const all = await Viewer.open(isolates);
  assert.equal(all.ids.length, 10_000);
  for (let round = 0; round < 5; round++) {
    for (let at = 0; at < 9_900; at += 900) {
      const some = ids.slice(at, at + 900);
      await isolates.report(0, ...some.map(leave));
      if (round < 4) await isolates.report(1, ...some.map((id) => join(id)));
    }
  }
  await isolates.clock.advance(GROUP_MS);
  for (const one of [viewer, all, await Viewer.open(isolates, 1)]) {
    assert.equal(one.ids.length, 100);
  }
  assert.ok(isolates.entries.size < 10, `${isolates.entries.size} entries`);
});

Deno.test("a full list takes nobody in until somebody leaves", async () => {
  using isolates = new Isolates(1);
  const crowd = Array.from({ length: MAX_VISITORS }, (_, i) => join(`v${i}`));
  await isolates.report(0, ...crowd);
  const { lists } = isolates;
  assert.deepEqual(await lists.report(MEETING, CONFERENCE, [join("x")]), { changed: 0, full: 1 });
  const swap = await lists.report(MEETING, CONFERENCE, [leave("v0"), join("x"), join("y")]);
  assert.deepEqual(swap, { changed: 2, full: 1 });
});

Deno.test("a name is of one line, well-formed and short; it may be empty", () => {
  assert.equal(keptName("Ann\n\u202eLee\ud800"), "AnnLee\ufffd");
  assert.equal([...keptName("🙂".repeat(500))].length, 100);
  assert.equal(keptName(""), "");
});

Deno.test("without the store a report fails and may be repeated; a list cannot be had", async () => {
  using isolates = new Isolates(1);
  const viewer = await Viewer.open(isolates);
  const { store, lists } = isolates.all[0]!;
  store.down = true;
  await assert.rejects(lists.report(MEETING, CONFERENCE, [join("a")]), isCode("unavailable"));
  await assert.rejects(viewer.following.refresh(), isCode("unavailable"));
  store.down = false;
  await isolates.report(0, join("a"));
  await isolates.clock.advance(GROUP_MS);
  assert.deepEqual(viewer.ids, ["a"]);
});

Deno.test("what was written although the store gave an error is told all the same", async () => {
  using isolates = new Isolates(1);
  const viewer = await Viewer.open(isolates);
  const { store, lists } = isolates.all[0]!;
  await isolates.report(0, join("a"));
  const set = store.set.bind(store);
  store.set = async (...args) => {
    await set(...args);
    store.down = true;
    return await set(...args);
  };
  await assert.rejects(lists.report(MEETING, CONFERENCE, [join("b")]), isCode("unavailable"));
  store.down = false;
  store.set = set;
  await isolates.report(0, join("c"));
  await isolates.clock.advance(GROUP_MS);
  assert.deepEqual(viewer.ids, ["a", "b", "c"]);
});

Deno.test("a message of the bus that is lost is found in the store", async () => {
  using isolates = new Isolates(2);
  const viewer = await Viewer.open(isolates, 1);
  isolates.network.drop = () => true;
  await isolates.report(0, join("a"), join("b"), leave("a"));
  isolates.network.drop = () => false;
  await isolates.report(0, join("c"));
  await isolates.clock.advance(GROUP_MS);
  assert.deepEqual(viewer.ids, ["b", "c"], "the next message shows the gap");
  isolates.network.drop = () => true;
  await isolates.report(0, join("d"));
  await isolates.clock.advance(15_000 + GROUP_MS);
  assert.deepEqual(viewer.ids, ["b", "c", "d"], "without one, a look at the store does");
});

Deno.test("what nobody follows is let go", async () => {
  using isolates = new Isolates(1);
  const viewer = await Viewer.open(isolates);
  viewer.following[Symbol.dispose]();
  await isolates.clock.advance(90_000);
  assert.equal(isolates.all[0]!.bus.holds(`visitors-list/${MEETING}`), false);
  assert.equal(isolates.clock.timers, 1, "the look at the store alone");
});

for (let seed = 1; seed <= 12; seed++) {
  Deno.test(`nothing is lost or doubled, whoever reports, follows and fails (seed ${seed})`, async () => {
    const random = new Random(seed);
    using isolates = new Isolates(3);
    const lossy = seed % 3 === 0;
    isolates.network.delay = () => random.below(60);
    isolates.network.drop = () => lossy && random.below(10) === 0;
    for (const { store } of isolates.all) store.delay = () => random.below(20);
    const present = new Set<string>();
    const viewers: Viewer[] = [];
    // Each reporter has visitors of its own, and waits for its answer, as the Prosody module does.
    const reporter = async (isolate: number) => {
      for (let i = 0; i < 60; i++) {
        const batch = Array.from({ length: 1 + random.below(8) }, () => {
          const id = `n${isolate}-${random.below(12)}`;
          const joins = random.below(2) === 0;
          if (joins) present.add(id);
          else present.delete(id);
          return joins ? join(id) : leave(id);
        });
        // To any isolate: a load balancer stands between.
        await random.of(isolates.all).lists.report(MEETING, CONFERENCE, batch);
        await new Promise<void>((resolve) => isolates.clock.after(random.below(100), resolve));
      }
    };
    const watcher = async () => {
      for (let i = 0; i < 20; i++) {
        await new Promise<void>((resolve) => isolates.clock.after(random.below(500), resolve));
        const viewer = new Viewer(random.of(isolates.all).lists);
        await viewer.following.refresh();
        viewer.list(viewer.following.list());
        viewers.push(viewer);
      }
    };
    await isolates.during(Promise.all([reporter(0), reporter(1), reporter(2), watcher()]));
    await isolates.clock.advance(2 * 15_000 + GROUP_MS);
    for (const viewer of viewers) assert.deepEqual(viewer.ids, [...present].sort());
  });
}

Deno.test("a list that lives for days keeps all its parts, and is gone a day after its last change", async () => {
  using isolates = new Isolates(1);
  const HOUR_MS = 3_600_000;
  const crowd = Array.from({ length: 2_000 }, (_, i) => join(`v${i}`));
  await isolates.report(0, ...crowd);
  for (let i = 0; i < 6; i++) {
    await isolates.clock.advance(20 * HOUR_MS);
    await isolates.report(0, join(`late-${i}`));
  }
  // Nobody followed, so the copy was let go, and the list is read from the store.
  await isolates.clock.advance(HOUR_MS);
  const viewer = await Viewer.open(isolates);
  assert.equal(viewer.ids.length, 2_006);
  await isolates.clock.advance(24 * HOUR_MS);
  assert.deepEqual(viewer.ids, []);
});
