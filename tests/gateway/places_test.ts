import assert from "node:assert/strict";
import { Places, UNCOUNTED } from "../../src/gateway/places.ts";

Deno.test("each key has its own bound, over all workers", () => {
  const shared = Places.share(2, 3, 100);
  const workers = [0, 1].map((i) => new Places(shared, i));
  for (const key of ["192.0.2.1", "192.0.2.2"]) {
    const taken = Array.from({ length: 8 }, (_, i) => workers[i % 2]!.take(key));
    assert.equal(taken.filter((place) => place !== undefined).length, 3);
  }
});

Deno.test("a place that is given back can be taken by another worker", () => {
  const shared = Places.share(2, 1, 100);
  const [a, b] = [new Places(shared, 0), new Places(shared, 1)];
  const place = a.take("k")!;
  assert.equal(b.take("k"), undefined);
  a.release(place);
  assert.notEqual(b.take("k"), undefined);
  assert.equal(a.take("k"), undefined);
});

Deno.test("a worker that died leaves no ghosts", () => {
  const shared = Places.share(2, 2, 100);
  const [dead, alive] = [new Places(shared, 0), new Places(shared, 1)];
  dead.take("k");
  alive.take("k");
  Places.reset(shared, 0);
  assert.notEqual(alive.take("k"), undefined);
  assert.equal(alive.take("k"), undefined);
});

Deno.test("as many keys as there may be connections are all counted, and slots serve again", () => {
  const connections = 5_000;
  const places = new Places(Places.share(1, 1, connections), 0);
  for (let round = 0; round < 3; round++) {
    const taken = Array.from({ length: connections }, (_, i) => places.take(`${round}-${i}`)!);
    assert.ok(taken.every((place) => place !== undefined && place !== UNCOUNTED));
    assert.equal(new Set(taken).size, connections, "no two keys share a slot");
    for (let i = 0; i < connections; i++) assert.equal(places.take(`${round}-${i}`), undefined);
    for (const place of taken) places.release(place);
  }
});

Deno.test("who finds the table full is let in, uncounted", () => {
  const places = new Places(Places.share(1, 1, 1), 0);
  const taken = Array.from({ length: 3_000 }, (_, i) => places.take(`${i}`));
  assert.ok(taken.every((place) => place !== undefined));
  const uncounted = taken.filter((place) => place === UNCOUNTED);
  assert.ok(uncounted.length >= 3_000 - 1_024);
  for (const place of taken) places.release(place!);
  assert.notEqual(places.take("later"), UNCOUNTED);
});
