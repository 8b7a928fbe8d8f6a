import assert from "node:assert/strict";
import { Fresh } from "../../src/base/fresh.ts";

/** Queries that a test answers, in the order in which they began. */
function setup(): { fresh: Fresh<string, number>; queries: PromiseWithResolvers<number>[] } {
  const queries: PromiseWithResolvers<number>[] = [];
  const fresh = new Fresh((_key: string) => {
    const query = Promise.withResolvers<number>();
    queries.push(query);
    return query.promise;
  });
  return { fresh, queries };
}

Deno.test("a crowd costs two queries, and who comes meanwhile gets the later one", async () => {
  const { fresh, queries } = setup();
  const first = fresh.ask("x");
  const crowd = Array.from({ length: 1_000 }, () => fresh.ask("x"));
  assert.equal(queries.length, 1);
  queries[0]!.resolve(1);
  assert.equal(await first, 1);
  assert.equal(queries.length, 2);
  const late = fresh.ask("x");
  queries[1]!.resolve(2);
  assert.deepEqual(new Set(await Promise.all(crowd)), new Set([2]));
  queries[2]!.resolve(3);
  assert.equal(await late, 3);
  assert.equal(queries.length, 3);
});

Deno.test("nothing is kept of a query that is over, whatever came of it", async () => {
  const { fresh, queries } = setup();
  const [first, second] = [fresh.ask("x"), fresh.ask("x")];
  queries[0]!.reject(new Error("of the first"));
  await assert.rejects(first, /of the first/);
  queries[1]!.resolve(2);
  assert.equal(await second, 2);
  const third = fresh.ask("x");
  assert.equal(queries.length, 3, "it does not wait for another");
  queries[2]!.resolve(3);
  assert.equal(await third, 3);
});

Deno.test("each key has queries of its own", async () => {
  const { fresh, queries } = setup();
  const both = [fresh.ask("x"), fresh.ask("y")];
  assert.equal(queries.length, 2);
  queries.forEach(({ resolve }, i) => resolve(i));
  assert.deepEqual(await Promise.all(both), [0, 1]);
});
