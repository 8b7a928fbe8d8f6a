import assert from "node:assert/strict";
import fc from "fast-check";
import { Place } from "../../src/queue/place.ts";
import { Release } from "../../src/queue/release.ts";

const ALL = Number.MAX_SAFE_INTEGER;

function placesOf(count: number): Place[] {
  const owner = { left() {} };
  return Array.from({ length: count }, (_, i) => new Place(owner, { notify() {} }, i));
}

function ranks(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Runs `release` every 10 ms and notes when each place was told. */
class Stage {
  now = 0;
  readonly told: { place: Place; at: number }[] = [];

  constructor(readonly release: Release) {}

  /** Plans all of `places` and nobody else, from the first moment that is free. */
  plan(places: Place[]): this {
    const start = Math.max(this.now, this.release.freeAt);
    this.release.schedule(places, start);
    this.release.book(start, places.length);
    return this;
  }

  run(ms: number): this {
    for (const end = this.now + ms; this.now <= end; this.now += 10) this.#step();
    return this;
  }

  #step(): void {
    this.release.run(this.now, ALL, (place) => {
      place.state = "told";
      this.told.push({ place, at: this.now });
    });
  }

  get times(): number[] {
    return this.told.map(({ at }) => at);
  }
}

Deno.test("planned visitors are told evenly, in order, the first at once", () => {
  const release = new Release(20);
  const places = placesOf(5);
  const stage = new Stage(release).plan(places).run(200);
  assert.deepEqual(stage.told.map(({ place }) => place), places);
  assert.deepEqual(stage.times, [0, 20, 40, 60, 80]);
  assert.ok(release.done);
});

Deno.test("ranks of other isolates leave their moments free", () => {
  const release = new Release(20);
  release.schedule(placesOf(3), 0, [1, 4, 5]);
  release.book(0, 6);
  assert.deepEqual(new Stage(release).run(200).times, [20, 80, 100]);
});

Deno.test("an interval of 0 tells all in the first run, as far as its bound allows", () => {
  const release = new Release(0);
  release.schedule(placesOf(5), 0, ranks(5));
  let told = 0;
  const tell = (place: Place) => {
    place.state = "told";
    told++;
  };
  assert.equal(release.run(0, 3, tell), true, "more are due");
  assert.equal(told, 3);
  assert.equal(release.run(0, 3, tell), false);
  assert.equal(told, 5);
});

Deno.test("who left is passed over and its moment stays empty", () => {
  const release = new Release(20);
  const places = placesOf(3);
  const stage = new Stage(release).plan(places);
  places[1]!.leave();
  assert.deepEqual(stage.run(100).times, [0, 40]);
});

Deno.test("a second plan begins when the moments of the first are over", () => {
  const release = new Release(20);
  const stage = new Stage(release).plan(placesOf(3)).run(20).plan(placesOf(3)).run(200);
  assert.deepEqual(stage.times, [0, 20, 40, 60, 80, 100]);
});

Deno.test("the same moments booked twice are taken once, and those of other isolates count", () => {
  const release = new Release(20);
  release.book(0, 5);
  release.book(0, 5);
  assert.equal(release.freeAt, 100);
  assert.equal(release.busyMs(30), 70);
  assert.deepEqual(new Stage(release).plan(placesOf(1)).run(200).times, [100]);
});

Deno.test("a release is remembered until its last moment is over", () => {
  const release = new Release(20);
  assert.ok(release.idle(0));
  const stage = new Stage(release).plan(placesOf(2)).run(20);
  assert.ok(release.done);
  assert.ok(!release.idle(stage.now), "the moment of the second lasts until 40");
  assert.ok(release.idle(40));
});

Deno.test("a release that nobody looked after while somebody was due has stalled, and gives back", () => {
  const release = new Release(20);
  const stage = new Stage(release).plan(placesOf(100)).run(100);
  assert.ok(!release.stalled(stage.now));
  assert.ok(!release.stalled(stage.now + 250));
  stage.now += 5_000;
  assert.ok(release.stalled(stage.now));
  const before = stage.told.length;
  assert.equal(release.cancel(stage.now).length, 100 - before);
  assert.ok(!release.stalled(stage.now));
  assert.equal(release.freeAt, 100 * 20, "what was booked is over");
});

Deno.test("who has nobody due for long has not stalled, nor who tells all at once", () => {
  const release = new Release(20);
  const stage = new Stage(release).plan(placesOf(1)).run(20);
  stage.now += 5_000;
  release.schedule(placesOf(1), stage.now + 10_000);
  assert.ok(!release.stalled(stage.now));
  assert.ok(release.stalled(stage.now + 10_300));
  const atOnce = new Release(0);
  atOnce.schedule(placesOf(1), 0);
  assert.ok(!atOnce.stalled(5_000));
});

Deno.test("a plan that does not count gives its moments back, and nobody else's", () => {
  const release = new Release(20);
  const [first, second] = [placesOf(2), placesOf(2)];
  release.schedule(first, 0);
  release.book(0, 2);
  const part = release.schedule(second, 40);
  release.book(40, 2);
  release.withdraw(part, 40);
  assert.equal(release.freeAt, 40);
  assert.deepEqual(new Stage(release).run(200).told.map(({ place }) => place), first);
});

Deno.test("a cancelled release tells nobody, gives back who waits, and keeps the beat", () => {
  const release = new Release(20);
  const places = placesOf(4);
  const stage = new Stage(release).plan(places).run(20);
  assert.deepEqual(release.cancel(stage.now), places.slice(2));
  assert.ok(release.done);
  assert.equal(release.freeAt, stage.now + 20);
  assert.deepEqual(stage.run(1_000).times, [0, 20]);
});

Deno.test("property: whatever is planned and whenever it is run, everybody is told once, in order", () => {
  const act = fc.oneof(
    fc.record({ plan: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ run: fc.integer({ min: 0, max: 500 }) }),
    fc.record({ stall: fc.integer({ min: 0, max: 3_000 }) }),
  );
  fc.assert(fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
    const stage = new Stage(new Release(20));
    const all: Place[] = [];
    for (const each of acts) {
      if ("run" in each) stage.run(each.run);
      else if ("stall" in each) stage.now += each.stall; // Without a look at `stalled`: as it is.
      else {
        const places = placesOf(each.plan);
        all.push(...places);
        stage.plan(places);
      }
    }
    stage.run(20_000);
    assert.deepEqual(stage.told.map(({ place }) => place), all);
  }));
});
