import assert from "node:assert/strict";
import fc from "fast-check";
import { Conference, type ConferenceObserver } from "../../src/queue/conference.ts";
import type { ConferenceLive } from "../../src/queue/events.ts";
import type { Place } from "../../src/queue/place.ts";
import { type Ages, type Plan, visitorsIn } from "../../src/queue/plan.ts";
import { ended, live } from "./knowledge.ts";

const OWN = "me";

/** A conference with a clock of its own, which notes what its observer is told. */
class Stage implements ConferenceObserver {
  now = 100_000;
  /** The newest that was heard of. */
  version = 0;
  readonly calls: string[] = [];
  readonly events: { readonly n: number; readonly event: ConferenceLive }[] = [];
  readonly places: Place[] = [];
  readonly conference: Conference;

  constructor(intervalMs = 20) {
    this.conference = new Conference("room@x", this, { intervalMs, randomDelayMs: 7 });
  }

  come(count = 1): Place[] {
    return Array.from({ length: count }, () => {
      const n = this.places.length;
      const notify = (event: ConferenceLive) => void this.events.push({ n, event });
      const place = this.conference.arrive({ notify }, this.now);
      this.places.push(place);
      return place;
    });
  }

  /** Goes live, and makes a plan of this isolate's visitors and those of `others`. */
  goLive(others: Record<string, Ages> = {}): this {
    this.hearLive();
    return this.plan(others);
  }

  hearLive(ms = 1_000_000): void {
    this.conference.hear(live(this.now + ms, ++this.version), this.now);
  }

  hearEnd(): void {
    this.conference.hear(ended(++this.version), this.now);
  }

  plan(others: Record<string, Ages> = {}, times: Partial<Plan> = {}): this {
    const { ages: own } = this.conference.line.report(this.now, { right: this.conference.right });
    const ages = new Map(Object.entries(others));
    if (own.length > 0) ages.set(OWN, own);
    this.follow(ages, times);
    return this;
  }

  follow(ages: ReadonlyMap<string, Ages>, times: Partial<Plan> = {}): void {
    const plan = { ages, startMs: 0, agoMs: 0, restMs: 0, ...times };
    this.conference.plan(OWN, plan, this.now);
  }

  /** Runs it for this long; gives who was told. */
  run(ms: number): number[] {
    const from = this.events.length;
    for (const end = this.now + ms; this.now <= end; this.now += 10) {
      this.conference.run(this.now, 1_000);
    }
    return this.events.slice(from).map(({ n }) => n);
  }

  arrived = () => void this.calls.push("arrived");
  departed = () => void this.calls.push("departed");
  told = () => void this.calls.push("told");
  watched = (_: Conference, watching: boolean) => void this.calls.push(`watched ${watching}`);
  unplanned = () => void this.calls.push("unplanned");
  releasing = () => void this.calls.push("releasing");
}

Deno.test("the observer hears of everybody who comes, goes and is told", () => {
  const stage = new Stage();
  const [first] = stage.come(2);
  first!.leave();
  first!.leave();
  stage.goLive().run(100);
  first!.leave();
  const watch = stage.conference.watch({ notify() {} });
  watch.leave();
  watch[Symbol.dispose]();
  assert.deepEqual(stage.calls, [
    ...["arrived", "arrived", "departed", "releasing", "told"],
    ...["watched true", "watched false"],
  ]);
  assert.equal(stage.conference.waiting, 0);
});

Deno.test("all visitors of a release are told the same event, which says what a visitor may see", () => {
  const stage = new Stage();
  stage.come(3);
  stage.goLive().run(100);
  const [first, ...rest] = stage.events.map(({ event }) => event);
  assert.deepEqual(first, {
    type: "conference-live",
    audience: "visitors",
    conference: "room@x",
    randomDelayMs: 7,
  });
  assert.ok(rest.length === 2 && rest.every((event) => event === first));
  assert.ok(Object.isFrozen(first));
});

Deno.test("F28: a visitor that throws is told, and so is the next", () => {
  const stage = new Stage();
  const failing = stage.conference.arrive(
    { notify: () => assert.fail("its own fault") },
    stage.now,
  );
  stage.come();
  stage.goLive();
  assert.deepEqual(stage.run(100), [0]);
  assert.equal(failing.state, "told");
});

Deno.test("who was reported is reported again until the plan is there; who came since is not", () => {
  const stage = new Stage();
  stage.come(3);
  stage.hearLive();
  assert.deepEqual(stage.conference.line.report(stage.now), { n: 1, ages: [[0, 3]], anew: false });
  stage.now += 400;
  stage.come(2);
  assert.deepEqual(stage.conference.line.report(stage.now), { n: 1, ages: [[0, 3]], anew: false });
  stage.now += 200;
  assert.deepEqual(
    stage.conference.line.report(stage.now),
    { n: 2, ages: [[1, 3], [0, 2]], anew: false },
    "a late answer is not kept",
  );
  assert.equal(stage.conference.waiting, 5);
});

Deno.test("nobody is told before the plan is there", () => {
  const stage = new Stage();
  stage.come(3);
  stage.hearLive();
  stage.conference.line.report(stage.now);
  assert.deepEqual(stage.run(1_000), []);
});

Deno.test("the moments of others stay free, and the next plan begins after all of them", () => {
  const stage = new Stage();
  stage.come(1);
  stage.goLive({ other: [[9, 10]] });
  assert.deepEqual(stage.run(190), []);
  assert.deepEqual(stage.run(10), [0]);
  stage.come(1);
  stage.plan();
  assert.equal(stage.conference.line.release.freeAt, 100_000 + 12 * 20);
});

Deno.test("a plan for others alone takes their moments", () => {
  const stage = new Stage();
  stage.goLive({ other: [[9, 10]] });
  assert.equal(stage.conference.line.release.busyMs(stage.now), 200);
  stage.follow(new Map([["other", [[9, 10]]]]));
  assert.equal(
    stage.conference.line.release.busyMs(stage.now),
    200,
    "the same plan of another isolate",
  );
});

Deno.test("a plan of somebody who does not know that moments are taken begins after them", () => {
  const stage = new Stage();
  stage.goLive({ other: [[0, 10]] });
  stage.come(1);
  stage.plan({}, { startMs: 0 });
  assert.deepEqual(stage.run(190), []);
  assert.deepEqual(stage.run(20), [0]);
});

Deno.test("a plan that lacks those who were reported gives them back, at the front", () => {
  const stage = new Stage();
  stage.come(2);
  stage.now += 1_000;
  stage.hearLive();
  stage.conference.line.report(stage.now);
  stage.now += 400;
  stage.come(1);
  stage.follow(new Map([["other", [[0, 500]]]]), { agoMs: 400, restMs: 0 });
  assert.equal(
    stage.conference.planDue(stage.now),
    stage.now,
    "others who came later have moments",
  );
  const oldest = stage.now - stage.conference.line.oldestMs(stage.now);
  stage.conference.line.report(stage.now, { oldest });
  assert.ok(stage.conference.line.release.busyMs(stage.now) <= 20, "whose moments are taken back");
  stage.plan();
  assert.deepEqual(stage.run(200), [0, 1, 2]);
});

Deno.test("who came later than everybody in the plan waits for its end without a new one", () => {
  const stage = new Stage();
  stage.goLive({ other: [[0, 500]] });
  stage.now += 2_000;
  stage.come(1);
  const { conference, now } = stage;
  assert.equal(conference.planDue(now), 100_000 + 500 * 20 - 1_000);
  conference.line.report(now, { oldest: now - 10 });
  assert.ok(
    conference.line.release.busyMs(now) > 7_000,
    "nor does one elsewhere take moments back",
  );
  conference.line.report(now, { oldest: now - 2_600 });
  assert.ok(
    conference.line.release.busyMs(now) <= 20,
    "but one that the plan has passed over does",
  );
});

Deno.test("a plan is due at once where nothing is known, and for who came in time also when it is over", () => {
  const stage = new Stage();
  stage.come(1);
  assert.equal(stage.conference.planDue(stage.now), undefined, "not live");
  stage.conference.discover(live(stage.now + 5_000), stage.now);
  assert.ok(stage.conference.planDue(stage.now)! <= stage.now);
  stage.plan({ other: [[0, 5_000]] });
  assert.equal(stage.conference.planDue(stage.now), undefined, "nobody needs one");
  stage.come(1);
  const due = stage.now + 5_000 * 20 + 20 - 1_000;
  assert.equal(stage.conference.planDue(stage.now), due);
  stage.now += 5_000;
  stage.come(1);
  assert.ok(stage.conference.stale(stage.now));
  assert.equal(stage.conference.planDue(stage.now), due, "of the one who came in time");
  stage.places.at(-2)!.leave();
  assert.equal(stage.conference.planDue(stage.now), undefined);
});

Deno.test("nobody asks for a plan while one is to come, nor right after it", () => {
  const stage = new Stage();
  stage.goLive();
  stage.conference.line.report(stage.now);
  stage.come(1);
  assert.equal(stage.conference.planDue(stage.now), stage.now + 2_000);
  stage.follow(new Map(), { restMs: 30 });
  assert.equal(stage.conference.planDue(stage.now), stage.now + 30);
});

Deno.test("at the end whoever was not told waits on in the old order", () => {
  const stage = new Stage();
  stage.come(4);
  stage.goLive().run(20);
  stage.come(2);
  stage.conference.line.report(stage.now);
  stage.come(1);
  stage.hearEnd();
  assert.equal(stage.conference.waiting, 5);
  assert.deepEqual(stage.run(1_000), []);
  stage.goLive();
  assert.deepEqual(stage.run(1_000), [2, 3, 4, 5, 6]);
});

Deno.test("a plan that comes after the end is out of date", () => {
  const stage = new Stage();
  stage.come(2);
  stage.hearLive();
  const { ages } = stage.conference.line.report(stage.now);
  stage.hearEnd();
  stage.follow(new Map([[OWN, ages]]));
  assert.deepEqual(stage.run(1_000), []);
  assert.equal(stage.conference.waiting, 2);
});

Deno.test("a live state that ran out leaves moments as they are; one that was taken back does not", () => {
  for (const ranOut of [true, false]) {
    const stage = new Stage();
    stage.come(3);
    stage.hearLive(20);
    stage.plan();
    if (ranOut) stage.now += 20;
    else stage.hearEnd();
    stage.come(1);
    assert.deepEqual(stage.run(1_000), ranOut ? [0, 1, 2] : []);
    assert.equal(stage.conference.waiting, ranOut ? 1 : 4);
  }
});

Deno.test("who came while it was live is told also when its plan comes after its time", () => {
  const stage = new Stage();
  stage.come(1);
  stage.hearLive(20);
  stage.now += 10;
  stage.come(1);
  stage.now += 10;
  stage.come(1);
  stage.plan();
  assert.deepEqual(stage.run(1_000), [0, 1]);
  stage.plan();
  assert.deepEqual(stage.run(1_000), [], "who came later waits");
});

Deno.test("that the store has nothing ends nothing; where clocks say how long it lasts it is over", () => {
  for (const sure of [true, false]) {
    const stage = new Stage();
    stage.come(1);
    const { conference } = stage;
    conference.discover({ ...live(stage.now + 10_000), sure }, stage.now);
    stage.now += 1_000;
    conference.expire(stage.now);
    assert.equal(conference.live(stage.now) !== undefined, sure);
    stage.come(1);
    stage.plan();
    assert.deepEqual(stage.run(1_000), sure ? [0, 1] : [0], "who waited is told");
  }
});

Deno.test("of a word that was long under way nobody is told before the store was asked", () => {
  const stage = new Stage();
  stage.come(2);
  stage.conference.hear(live(stage.now + 10_000), stage.now, true);
  stage.plan();
  assert.deepEqual(stage.run(100), []);
  stage.conference.confirm(stage.now);
  assert.deepEqual(stage.run(100), [0, 1]);
});

Deno.test("who stood still gives its moments back and asks for a plan", () => {
  const stage = new Stage();
  stage.come(20);
  stage.goLive().run(60);
  const before = stage.events.length;
  stage.now += 5_000;
  stage.calls.length = 0;
  assert.deepEqual(stage.run(100), []);
  assert.equal(stage.calls[0], "unplanned");
  assert.equal(stage.conference.waiting, 20 - before);
  stage.plan();
  assert.equal(stage.run(1_000).length, 20 - before);
});

Deno.test("of a go-live and an end that cross the one with the newer version counts", () => {
  const { conference, now } = new Stage();
  assert.ok(conference.hear(ended(2), now));
  assert.ok(!conference.hear(live(now + 1_000, 1), now), "held up on its way");
  assert.equal(conference.live(now), undefined);
  assert.ok(conference.hear(live(now + 1_000, 3), now));
  assert.ok(!conference.hear(ended(2), now));
  assert.equal(conference.live(now)?.since, 1);
  assert.ok(!conference.hear(live(now + 2_000, 3), now), "the same again");
  assert.equal(conference.live(now)?.until, now + 1_000);
  assert.equal(conference.version, 3);
});

Deno.test("an end that is out of date takes nobody's moment", () => {
  const stage = new Stage();
  stage.come(2);
  stage.conference.hear(live(stage.now + 1_000_000, 5), stage.now);
  stage.plan();
  stage.conference.hear(ended(4), stage.now);
  assert.deepEqual(stage.run(100), [0, 1]);
});

Deno.test("what the store says counts as what others say: by its version", () => {
  const { conference, now } = new Stage();
  conference.hear(ended(7), now);
  conference.discover(live(now + 1_000, 1), now);
  assert.equal(conference.live(now), undefined, "a failover brought it back");
  conference.discover(live(now + 1_000, 8), now);
  assert.ok(conference.live(now));
});

Deno.test("how long it lasts may be learnt anew where only clocks say it", () => {
  const { conference, now } = new Stage();
  conference.discover({ ...live(now + 1_000), sure: false }, now);
  conference.discover({ ...live(now + 2_000), sure: false }, now + 500);
  assert.ok(conference.live(now + 1_500));
});

Deno.test("it is stale until the store was asked", () => {
  const { conference, now } = new Stage();
  conference.hear(live(now + 1_000), now);
  assert.ok(!conference.stale(now));
  assert.ok(conference.stale(now + 1_000));
  conference.confirm(now + 1_000);
  assert.ok(!conference.stale(now + 1_000));
});

Deno.test("it is empty when nobody waits or watches and its moments are over", () => {
  const stage = new Stage();
  const { conference } = stage;
  assert.ok(conference.empty(stage.now));
  const watch = conference.watch({ notify() {} });
  assert.ok(!conference.empty(stage.now));
  watch.leave();
  stage.come(1);
  assert.ok(!conference.empty(stage.now));
  stage.goLive({ other: [[0, 1]] }).run(20);
  assert.ok(!conference.empty(100_020));
  assert.ok(conference.empty(100_040));
});

Deno.test("property: however plans come, are lost and taken back, all are told once, in order", () => {
  const act = fc.constantFrom("come", "leave", "live", "report", "plan", "miss", "end", "run");
  fc.assert(fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
    const stage = new Stage();
    const { conference } = stage;
    for (const each of acts) {
      if (each === "come") stage.come(2);
      else if (each === "leave") stage.places.find(({ state }) => state === "waiting")?.leave();
      else if (each === "live") stage.hearLive();
      else if (each === "report") conference.line.report(stage.now);
      else if (each === "plan" && conference.live(stage.now)) stage.plan({ other: [[2, 1]] });
      else if (each === "miss") stage.follow(new Map([["other", [[2, 1]]]]));
      else if (each === "end") stage.hearEnd();
      else stage.run(30);
      const waiting = stage.places.filter(({ state }) => state === "waiting").length;
      assert.equal(conference.waiting, waiting);
    }
    stage.now += 600;
    stage.goLive().run(10_000);
    // Who stood still before has asked for another plan.
    stage.plan().run(10_000);
    const told = stage.events.map(({ n }) => n);
    assert.deepEqual(told, told.toSorted((a, b) => a - b));
    assert.equal(new Set(told).size, told.length);
    assert.ok(stage.places.every(({ state }) => state !== "waiting"));
  }));
});

Deno.test("two who ask at the same time to give all moments anew get the same report", () => {
  const stage = new Stage();
  stage.come(5);
  stage.goLive().run(20);
  const { line } = stage.conference;
  const question = { anew: true, right: stage.conference.right };
  const first = line.report(stage.now, { ...question, from: "a" });
  const second = line.report(stage.now, { ...question, from: "b" });
  assert.deepEqual([first.n, second.n, visitorsIn(second.ages)], [2, 2, 3]);
});
