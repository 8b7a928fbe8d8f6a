import assert from "node:assert/strict";
import { Place } from "../../src/queue/place.ts";
import { Release } from "../../src/queue/release.ts";

const ALL = Number.MAX_SAFE_INTEGER;

function placesOf(count: number): Place[] {
  const owner = { left() {} };
  return Array.from({ length: count }, (_, i) => new Place(owner, { notify() {} }, i));
}

/** Runs `release` every 10 ms and notes when each place was told. */
class Stage {
  now = 0;
  readonly told: { place: Place; at: number }[] = [];

  constructor(readonly release: Release) {}

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

function ranks(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

Deno.test("planned visitors are told evenly, in order, the first at once", () => {
  const release = new Release(20);
  const places = placesOf(5);
  release.schedule(places, ranks(5), 5, 0);
  const stage = new Stage(release).run(200);
  assert.deepEqual(stage.told.map(({ place }) => place), places);
  assert.deepEqual(stage.times, [0, 20, 40, 60, 80]);
  assert.ok(release.done);
});

Deno.test("ranks of other isolates leave their moments free", () => {
  const release = new Release(20);
  release.schedule(placesOf(3), [1, 4, 5], 6, 0);
  assert.deepEqual(new Stage(release).run(200).times, [20, 80, 100]);
});

Deno.test("an interval of 0 tells all in the first run, as far as its bound allows", () => {
  const release = new Release(0);
  release.schedule(placesOf(5), ranks(5), 5, 0);
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
  release.schedule(places, ranks(3), 3, 0);
  places[1]!.leave();
  assert.deepEqual(new Stage(release).run(100).times, [0, 40]);
});

Deno.test("who comes during a release is told after its end", () => {
  const release = new Release(20);
  release.schedule(placesOf(3), ranks(3), 3, 0);
  const [late] = placesOf(1);
  release.join(late!);
  const stage = new Stage(release).run(200);
  assert.equal(stage.told.at(-1)!.place, late);
  assert.deepEqual(stage.times, [0, 20, 40, 60]);
});

Deno.test("who comes when it is over is told at once", () => {
  const release = new Release(20);
  release.schedule(placesOf(1), [0], 1, 0);
  const stage = new Stage(release).run(1_000);
  release.join(placesOf(1)[0]!);
  const from = stage.now;
  assert.equal(stage.run(0).told.at(-1)!.at, from);
});

Deno.test("a crowd that comes late is told at the rate, without credit for a quiet time", () => {
  const release = new Release(20);
  const stage = new Stage(release).run(5_000);
  for (const place of placesOf(10)) release.join(place);
  stage.run(1_000);
  const gaps = stage.times.slice(1).map((at, i) => at - stage.times[i]!);
  assert.deepEqual(gaps, Array(9).fill(20));
});

Deno.test("isolates with late visitors share the rate in proportion", () => {
  const release = new Release(20);
  release.demand("other", 30, 0);
  for (const place of placesOf(10)) release.join(place);
  const stage = new Stage(release).run(400);
  const told = stage.told.length;
  // 400 ms hold 20 moments; a quarter of the demand is ours.
  assert.ok(told >= 4 && told <= 7, `${told} told`);
});

Deno.test("the demand of an isolate that is silent for long, or has none left, does not count", () => {
  for (const end of ["silence", "report"] as const) {
    const release = new Release(20);
    release.demand("other", 1_000, 0);
    const stage = new Stage(release);
    if (end === "silence") stage.run(3_000);
    else release.demand("other", 0, 0);
    for (const place of placesOf(5)) release.join(place);
    const from = stage.now;
    stage.run(200);
    assert.deepEqual(stage.times.map((at) => at - from), [0, 20, 40, 60, 80], end);
  }
});

Deno.test("a stall of the event loop moves the schedule and does not end in a burst", () => {
  const release = new Release(20);
  release.schedule(placesOf(100), ranks(100), 100, 0);
  const stage = new Stage(release).run(100);
  const before = stage.told.length;
  stage.now += 5_000;
  stage.run(0);
  assert.equal(stage.told.length, before + 1);
});

Deno.test("a cancelled release tells nobody", () => {
  const release = new Release(20);
  release.schedule(placesOf(3), ranks(3), 3, 0);
  release.join(placesOf(1)[0]!);
  release.cancel(0);
  assert.deepEqual(new Stage(release).run(1_000).told, []);
  assert.ok(release.done);
});
