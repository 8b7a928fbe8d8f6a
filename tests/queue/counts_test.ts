import assert from "node:assert/strict";
import fc from "fast-check";
import { configureLogging } from "../../src/log/log.ts";
import { House, type Moderator, ROOM, type Visitor } from "./house.ts";

const INTERVAL_MS = 15_000;

function countsOf({ counts }: Moderator): number[] {
  return counts.map(({ visitors }) => visitors);
}

Deno.test("a moderator is told the number over all isolates at once", async () => {
  await using house = await House.open({ nodes: 3, latency: 1 });
  for (const node of house.nodes) node.visitors(5);
  await house.pass(100);
  const moderator = house.nodes[0]!.moderator();
  await house.pass(3);
  assert.deepEqual(countsOf(moderator), [15]);
});

Deno.test("the first number is there where nobody waits, and with nobody else on the bus", async () => {
  await using house = await House.open();
  const moderator = house.nodes[0]!.moderator();
  await house.pass(0);
  assert.deepEqual(countsOf(moderator), [0]);
});

Deno.test("then at most one number an interval, and only when it changed", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  const moderator = a!.moderator();
  for (let i = 0; i < 1_000; i++) {
    b!.visitor();
    await house.pass(60);
  }
  assert.equal(moderator.counts.length, 4, "in a minute");
  moderator.counts.slice(1).forEach(({ at }, i) => {
    const gap = at - moderator.counts[i]!.at;
    assert.ok(gap >= INTERVAL_MS && gap <= INTERVAL_MS + 300, `${gap} ms apart`);
  });
  await house.pass(600_000);
  assert.equal(moderator.counts.length, 5, "one more, and then nothing changed");
  assert.equal(moderator.count, 1_000);
});

Deno.test("a number that went up and down again in an interval is not told", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  const moderator = a!.moderator();
  await house.pass(1_000);
  const visitor = b!.visitor();
  await house.pass(5_000);
  visitor.leave();
  await house.pass(60_000);
  assert.deepEqual(countsOf(moderator), [0]);
});

Deno.test("several moderators of a conference each have their own interval", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  const early = a!.moderator();
  await house.pass(7_000);
  b!.visitors(3);
  await house.pass(10);
  const late = a!.moderator();
  await house.pass(10);
  assert.deepEqual([countsOf(early), countsOf(late)], [[0], [3]]);
  await house.pass(10_000);
  assert.deepEqual([countsOf(early), countsOf(late)], [[0, 3], [3]]);
});

Deno.test("who was told, and who left, does not count", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  const moderator = a!.moderator();
  const visitors = [...a!.visitors(20), ...b!.visitors(1_500)];
  await house.pass(100);
  visitors[3]!.leave();
  await house.pass(20_000, a!.goLive());
  const { at, visitors: count } = moderator.counts.at(-1)!;
  const toldBy = house.times.filter((time) => time <= at).length;
  assert.ok(Math.abs(count - (1_519 - toldBy)) <= 1, `${count}, ${toldBy} told`);
  await house.pass(40_000);
  assert.equal(moderator.count, 0);
});

Deno.test("nothing is told to a moderator that has left", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  const moderator = a!.moderator();
  moderator.leave();
  moderator.leave();
  b!.visitor();
  await house.pass(60_000);
  assert.deepEqual(moderator.counts, []);
});

Deno.test("F21: the visitors of an isolate that was killed are gone with the next number", async () => {
  await using house = await House.open({ nodes: 3, latency: 1 });
  const [a, b, c] = house.nodes;
  b!.visitors(7);
  c!.visitors(4);
  await house.pass(10);
  const moderator = a!.moderator();
  await house.pass(1_000);
  await b!.kill();
  await house.pass(INTERVAL_MS + 1_000);
  assert.deepEqual(countsOf(moderator), [11, 4]);
  c!.visitors(7);
  await house.pass(INTERVAL_MS + 1_000);
  assert.equal(moderator.count, 11, "they have come back elsewhere, and count once");
});

Deno.test("F21: those of an isolate that falls silent leave the number within 30 seconds", async () => {
  for (const offset of [0, 4_000, 8_000, 12_000, 15_900]) {
    await using house = await House.open({ nodes: 3, latency: 1 });
    const [a, b, c] = house.nodes;
    b!.visitors(7);
    c!.visitors(4);
    await house.pass(10);
    const moderator = a!.moderator();
    await house.pass(60_000 + offset);
    house.network.drop = (from) => from === b!.id;
    const silentSince = house.clock.now();
    await house.pass(30_000);
    assert.deepEqual(countsOf(moderator), [11, 4], `silent at ${offset}`);
    const after = moderator.counts.at(-1)!.at - silentSince;
    assert.ok(after > 4_000, `one answer that is missing is bridged; ${after} ms`);
    house.network.drop = () => false;
    await house.pass(2 * INTERVAL_MS);
    assert.equal(moderator.count, 11, "heard again, it counts again");
  }
});

Deno.test("an isolate that never answers does not make numbers come more often", async () => {
  await using house = await House.open({ nodes: 3, latency: 1 });
  const [a, b, silent] = house.nodes;
  silent!.visitors(3);
  await house.pass(10);
  const moderator = a!.moderator();
  await house.pass(1_000);
  house.network.drop = (from) => from === silent!.id;
  for (let i = 0; i < 120; i++) {
    b!.visitor();
    await house.pass(1_000);
  }
  moderator.counts.slice(1).forEach(({ at }, i) => {
    assert.ok(at - moderator.counts[i]!.at >= INTERVAL_MS);
  });
  assert.ok(moderator.counts.length >= 8, `${moderator.counts.length} numbers in two minutes`);
});

Deno.test("answers that stay away do not make questions come more often", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  b!.visitors(3);
  await house.pass(10);
  a!.moderator();
  await house.pass(1_000);
  let lost = 0;
  house.network.drop = (from) => from === b!.id && ++lost > 0;
  await house.pass(20 * INTERVAL_MS);
  assert.ok(lost >= 20 && lost <= 22, `${lost} answers to the questions of 20 intervals`);
});

Deno.test("F21: a single lost answer is not seen in the number", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  b!.visitors(9);
  await house.pass(10);
  const moderator = a!.moderator();
  await house.pass(1_000);
  for (let i = 0; i < 10; i++) {
    let lost = 0;
    house.network.drop = (from) => from === b!.id && lost++ === 0;
    await house.pass(2 * INTERVAL_MS);
    assert.equal(lost > 0, true);
  }
  assert.deepEqual(countsOf(moderator), [9]);
});

Deno.test("F21: a moderator has the right number right after it reconnects, wherever", async () => {
  await using house = await House.open({ nodes: 3, latency: 1 });
  house.nodes[1]!.visitors(5);
  await house.pass(100);
  for (let i = 0; i < 9; i++) {
    const moderator = house.nodes[i % 3]!.moderator();
    await house.pass(5);
    assert.equal(moderator.count, 5 + i);
    moderator.leave();
    house.nodes[(i * 2) % 3]!.visitor();
    await house.pass(200);
  }
});

Deno.test("F20: the two halves of a divided service count their own, and all once they meet", async () => {
  await using house = await House.open({ nodes: 4, latency: 1 });
  const ids = house.nodes.map(({ id }) => id);
  house.nodes.forEach((node, i) => node.visitors(10 ** i));
  const moderator = house.nodes[0]!.moderator();
  await house.pass(1_000);
  house.network.partition(ids.slice(0, 2), ids.slice(2));
  await house.pass(60_000);
  assert.equal(moderator.count, 11);
  house.network.heal();
  await house.pass(INTERVAL_MS + 2_000);
  assert.equal(moderator.count, 1_111);
});

Deno.test("while the bus is away the number is that of the own isolate, and it comes", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  a!.visitors(2);
  b!.visitors(3);
  house.network.cut(a!.id);
  const moderator = a!.moderator();
  await house.pass(100);
  assert.deepEqual(countsOf(moderator), [2]);
  house.network.restore(a!.id);
  await house.pass(INTERVAL_MS + 1_000);
  assert.equal(moderator.count, 5);
});

Deno.test("a thousand moderators who come at once cost two questions, and all have the number", async () => {
  await using house = await House.open({ nodes: 3, latency: 1 });
  const [a, b] = house.nodes;
  b!.visitors(5);
  a!.visitor();
  await house.pass(100);
  let sent = 0;
  house.network.drop = () => ++sent < 0;
  const moderators = Array.from({ length: 1_000 }, () => a!.moderator());
  await house.pass(10);
  assert.equal(sent, 4, "one other isolate has the conference");
  assert.ok(moderators.every((moderator) => moderator.count === 6));
  const described = Array.from({ length: 1_000 }, () => house.nodes[2]!.queue.describe(ROOM));
  for (const { visitorsWaiting } of await house.pass(10, Promise.all(described))) {
    assert.equal(visitorsWaiting, 6);
  }
  assert.equal(sent, 12, "two others have it");
});

Deno.test("who comes while others are being counted is told no number that is older than that", async () => {
  await using house = await House.open({ nodes: 2, latency: 50 });
  const [a, b] = house.nodes;
  b!.visitor();
  a!.moderator().leave();
  await house.pass(200);
  const early = a!.moderator();
  await house.pass(60);
  // The answer is on its way.
  b!.visitor();
  const late = a!.moderator();
  await house.pass(200);
  assert.deepEqual([early.counts[0]?.visitors, countsOf(late)], [1, [2]]);
});

/** What is logged as an error while `body` runs. */
async function errorsOf(body: () => Promise<void>): Promise<string[]> {
  const lines: string[] = [];
  configureLogging({
    level: "error",
    format: "text",
    isolate: "test",
    write: (line) => void lines.push(line),
  });
  await body();
  configureLogging({ level: "error", format: "text", isolate: "test", write: () => {} });
  return lines;
}

Deno.test("a fault on the way to other isolates is logged; that they cannot be reached is none", async () => {
  for (const fault of [false, true]) {
    await using house = await House.open({ maxVisitorsPerConference: 100 });
    const [node] = house.nodes;
    await house.pass(100);
    if (fault) {
      const failing = () => Promise.reject(new TypeError("a fault that the test makes"));
      Object.assign(node!.bus, { ask: failing, publish: failing });
    } else {
      house.network.cut(node!.id);
    }
    const lines = await errorsOf(async () => {
      node!.visitor();
      const moderator = node!.moderator();
      await house.pass(100);
      assert.equal(moderator.count, 1);
      assert.equal((await house.pass(100, node!.queue.list())).length, 1);
      assert.equal((await house.pass(100, node!.queue.describe(ROOM))).visitorsWaiting, 1);
    });
    for (const what of ["count who waits", "tell how many wait", "ask others for their"]) {
      assert.equal(lines.some((line) => line.includes(what)), fault, `${what}: ${lines}`);
    }
    assert.equal(lines.length > 0, fault, String(lines));
  }
});

Deno.test("a conference is described, and all of them listed, over all isolates", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  const [a, b] = house.nodes;
  const other = { ...ROOM, key: "another@conference.meet.example" };
  a!.visitors(2);
  b!.visitors(3);
  b!.moderator();
  await house.pass(50);
  const since = house.clock.wall();
  await house.pass(50, a!.goLive(other));
  const waiting = {
    conference: ROOM.key,
    status: "waiting",
    visitorsWaiting: 5,
    moderators: 1,
  } as const;
  const live = {
    conference: other.key,
    status: "live",
    visitorsWaiting: 0,
    moderators: 0,
    liveSince: since,
  } as const;
  for (const { queue } of house.nodes) {
    assert.deepEqual(await house.pass(50, queue.describe(ROOM)), waiting);
    assert.deepEqual(await house.pass(50, queue.list()), [live, waiting]);
  }
});

Deno.test("property: whatever happens the number is never negative, and right in the end", async () => {
  const act = fc.record({
    what: fc.constantFrom("come", "come", "come", "leave", "go", "end", "moderate"),
    node: fc.integer({ min: 0, max: 2 }),
    after: fc.integer({ min: 0, max: 9_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
      await using house = await House.open({ nodes: 3, latency: 5 });
      const moderators = [house.nodes[0]!.moderator()];
      const left = new Set<Visitor>();
      for (const { what, node, after } of acts) {
        await house.pass(after);
        const { visitors, nodes } = house;
        if (what === "come") nodes[node]!.visitor();
        else if (what === "moderate") moderators.push(nodes[node]!.moderator());
        else if (what === "go") await house.pass(50, nodes[node]!.goLive());
        else if (what === "end") await house.pass(50, nodes[node]!.endLive());
        else if (visitors.length > 0) {
          const visitor = visitors[(node * 7) % visitors.length]!;
          visitor.leave();
          left.add(visitor);
        }
      }
      await house.pass(3 * INTERVAL_MS);
      const waiting = house.visitors.filter((each) => each.told.length === 0 && !left.has(each));
      for (const moderator of moderators) {
        assert.equal(moderator.count, waiting.length);
        assert.ok(countsOf(moderator).every((count) => count >= 0));
      }
      assert.ok(house.visitors.every(({ told }) => told.length <= 1));
    }),
    { numRuns: 60 },
  );
});
