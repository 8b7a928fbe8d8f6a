import assert from "node:assert/strict";
import { QueueFullError } from "../../src/queue/queue.ts";
import { House, type HouseOptions, nameOf, type Node, type Visitor } from "./house.ts";

function open(maxVisitorsPerConference: number, options: HouseOptions = {}): Promise<House> {
  return House.open({ nodes: 2, latency: 1, maxVisitorsPerConference, ...options });
}

/** Whether one more visitor is let in. */
function isFull(node: Node): boolean {
  try {
    node.visitor();
    return false;
  } catch (error) {
    assert.ok(error instanceof QueueFullError);
    return true;
  }
}

Deno.test("a conference holds as many visitors as it may, and a place that is left is free", async () => {
  await using house = await open(3, { nodes: 1 });
  const [node] = house.nodes;
  const [first] = node!.visitors(3);
  assert.ok(isFull(node!));
  first!.leave();
  assert.ok(!isFull(node!));
  assert.ok(isFull(node!));
});

Deno.test("the bound holds over isolates, whoever comes where", async () => {
  await using house = await open(10);
  const [a, b] = house.nodes;
  for (let i = 0; i < 10; i++) {
    assert.ok(!isFull(house.nodes[i % 2]!), `number ${i}`);
    await house.pass(25);
  }
  assert.ok(isFull(a!) && isFull(b!));
  house.visitors[0]!.leave();
  await house.pass(25);
  assert.ok(!isFull(b!));
  await house.pass(25);
  assert.ok(isFull(a!));
});

Deno.test("the bound is each conference's own", async () => {
  await using house = await open(1, { nodes: 1 });
  const [node] = house.nodes;
  node!.visitor();
  node!.visitor(nameOf("other@conference.meet.example"));
  assert.ok(isFull(node!));
});

Deno.test("the bound holds however long nothing was heard", async () => {
  await using house = await open(10);
  const [a, b] = house.nodes;
  a!.visitors(5);
  b!.visitors(4);
  await house.pass(3_600_000);
  assert.ok(!isFull(b!));
  await house.pass(50);
  assert.ok(isFull(b!));
  assert.ok(isFull(a!));
});

Deno.test("an isolate that has just heard of a conference knows its number within a moment", async () => {
  await using house = await open(5);
  const [a, b] = house.nodes;
  a!.visitors(4);
  await house.pass(50);
  assert.ok(!isFull(b!));
  await house.pass(10);
  assert.ok(isFull(b!));
});

Deno.test("who was told makes room", async () => {
  await using house = await open(4);
  const [a, b] = house.nodes;
  a!.visitors(4);
  await house.pass(50);
  b!.moderator();
  await house.pass(50);
  assert.ok(isFull(b!));
  await house.pass(2_000, a!.goLive());
  assert.ok(!isFull(b!));
});

Deno.test("F21: the visitors of an isolate that was killed do not keep others out for long", async () => {
  await using house = await open(5);
  const [a, b] = house.nodes;
  a!.visitors(4);
  b!.visitor();
  await house.pass(50);
  assert.ok(isFull(b!));
  await a!.kill();
  await house.pass(11_000);
  assert.ok(isFull(b!), "the first who tries finds out");
  await house.pass(100);
  assert.ok(!isFull(b!));
});

Deno.test("without a bound nobody reports unasked", async () => {
  await using house = await House.open({ nodes: 2, latency: 1 });
  for (const node of house.nodes) node.visitor();
  await house.pass(50);
  let sent = 0;
  house.network.drop = () => ++sent < 0;
  for (const node of house.nodes) node.visitors(10);
  await house.pass(60_000);
  assert.equal(sent, 0);
});

Deno.test("with one a crowd is reported in few messages", async () => {
  await using house = await open(100_000);
  const [a, b] = house.nodes;
  b!.visitor();
  await house.pass(50);
  let sent = 0;
  house.network.drop = () => ++sent < 0;
  for (let i = 0; i < 1_000; i++) {
    a!.visitor();
    await house.pass(1);
  }
  assert.ok(sent > 20 && sent < 70, `${sent} messages in a second`);
});

Deno.test("what an isolate says while others are being counted is not forgotten for its older answer", async () => {
  await using house = await open(10, { nodes: 3 });
  const [a, b, c] = house.nodes;
  for (const node of house.nodes) node.visitor();
  b!.visitors(3);
  await house.pass(100);
  // The third isolate answers late.
  house.network.delay = (from) => from === c!.id ? 300 : 1;
  a!.moderator();
  await house.pass(50);
  b!.visitors(4);
  await house.pass(400);
  assert.ok(isFull(a!), "one, eight and one");
});

Deno.test("who joins while others are being counted is not forgotten because it was not asked", async () => {
  await using house = await open(10, { nodes: 3 });
  const [a, b, c] = house.nodes;
  for (const node of [a, b]) node!.visitor();
  await house.pass(100);
  house.network.delay = (from) => from === b!.id ? 300 : 1;
  a!.moderator();
  await house.pass(50);
  c!.visitors(8);
  await house.pass(400);
  assert.ok(isFull(a!), "one, one and eight");
});

Deno.test("of a burst onto isolates that have not heard of each other the last are sent away", async () => {
  await using house = await open(20, { nodes: 4 });
  const refused = new Set<Visitor>();
  for (const node of house.nodes) {
    for (let i = 0; i < 20; i++) {
      const visitor = node.visitor();
      Object.assign(visitor, { refused: () => refused.add(visitor) });
    }
  }
  await house.pass(500);
  const left = house.visitors.filter(({ place }) => place.state === "waiting");
  assert.equal(left.length, 20);
  assert.equal(refused.size, 60);
  assert.ok(left.every((visitor) => !refused.has(visitor)));
  const first = house.nodes.map((node) => left.find((visitor) => visitor.node === node)).find(
    Boolean,
  );
  assert.equal(first!.node, house.nodes[0], "of the isolates one after the other");
});

Deno.test("who has waited for a second is not sent away for others", async () => {
  await using house = await open(5);
  const [a, b] = house.nodes;
  b!.visitors(4);
  await house.pass(2_000);
  house.network.drop = () => true;
  a!.visitors(4);
  await house.pass(2_000);
  house.network.drop = () => false;
  a!.moderator();
  b!.moderator();
  await house.pass(1_000);
  assert.ok(house.visitors.every(({ place }) => place.state === "waiting"));
  assert.ok(isFull(a!) && isFull(b!));
});
