import assert from "node:assert/strict";
import { noMetrics } from "../support/no_metrics.ts";
import { Queue } from "../../src/queue/queue.ts";
import { House, type Node, ROOM } from "./house.ts";
import { type Choose, everyOrder, ModelBus, ModelStore, World } from "./model.ts";
import { Random } from "./random.ts";

/** One isolate of the model. */
interface Isolate extends AsyncDisposable {
  readonly id: string;
  readonly queue: Queue;
  readonly told: number[];
}

async function openIsolate(world: World, id: string): Promise<Isolate> {
  const opened = Queue.open({
    bus: new ModelBus(world, id),
    store: new ModelStore(world, id),
    clock: world.steps.clock,
    metrics: noMetrics,
    releaseRate: 50,
    randomDelayMs: 0,
    liveTtlMs: 3_600_000,
    stateIntervalMs: 15_000,
  });
  await world.steps.run(() => 0);
  const queue = await opened;
  const dispose = () => queue[Symbol.asyncDispose]();
  return { id, queue, told: [], [Symbol.asyncDispose]: dispose };
}

/** What happens in one run, each in a lane of its own: `visitor`, `go live` and `kill` of isolates. */
interface Scenario {
  readonly isolates: string;
  /** Those where a visitor subscribes. */
  readonly visitors: string;
  /** Those that are asked to go live. */
  readonly goers: string;
  /** The one that is killed. */
  readonly killed?: string;
}

/** Plays a scenario in one order and holds it to: everybody is told once. */
async function play(scenario: Scenario, choose: Choose): Promise<void> {
  const world = new World();
  await using stack = new AsyncDisposableStack();
  const isolates = new Map<string, Isolate>();
  for (const id of scenario.isolates) isolates.set(id, stack.use(await openIsolate(world, id)));
  const { steps } = world;
  for (const [i, id] of [...scenario.visitors].entries()) {
    const { queue, told } = isolates.get(id)!;
    const mine = told.push(0) - 1;
    steps.add(`visitor ${i}`, () => void queue.wait(ROOM, { notify: () => void told[mine]!++ }));
  }
  let stored = false;
  for (const [i, id] of [...scenario.goers].entries()) {
    steps.add(`go live ${i}`, () => {
      isolates.get(id)!.queue.goLive(ROOM).then(() => stored = true, () => {});
    });
  }
  const { killed } = scenario;
  if (killed) steps.add("kill", () => void world.kill(killed));
  await steps.run(choose);
  // Two reconciliations: whoever has not been told by a message finds the live state in the store.
  for (let sec = 0; sec < 31; sec++) {
    await steps.clock.advance(1_000);
    await steps.run(() => 0);
  }
  const expected = stored || world.entries.size > 0 ? 1 : 0;
  for (const { id, told } of isolates.values()) {
    if (id !== killed) assert.deepEqual(told, told.map(() => expected), `isolate ${id}`);
  }
}

Deno.test("F16: a visitor that subscribes beside the go-live is told once, in every order", async () => {
  const orders = await everyOrder(1_000, (choose) => {
    return play({ isolates: "a", visitors: "a", goers: "a" }, choose);
  });
  assert.ok(orders > 100, `${orders} orders`);
});

Deno.test("F16: a visitor of another isolate is told once, in every order", async () => {
  const orders = await everyOrder(20_000, (choose) => {
    return play({ isolates: "ab", visitors: "b", goers: "a" }, choose);
  });
  assert.ok(orders > 1_500, `${orders} orders`);
});

const RANDOM_ORDERS: readonly (Scenario & { readonly rule: string })[] = [
  {
    rule: "F15: two isolates that go live at the same moment tell each visitor once",
    isolates: "ab",
    visitors: "ab",
    goers: "ab",
  },
  {
    rule: "F15: so do two isolates where nobody waits",
    isolates: "abcd",
    visitors: "ccdd",
    goers: "ab",
  },
  {
    rule: "F16: visitors of three isolates are each told once, whoever is first",
    isolates: "abc",
    visitors: "aabbcc",
    goers: "a",
  },
  {
    rule: "F13: an isolate that dies at any step of its go-live leaves nobody else waiting",
    isolates: "abc",
    visitors: "abbcc",
    goers: "a",
    killed: "a",
  },
  {
    rule: "F13: one that dies as another goes live neither",
    isolates: "abc",
    visitors: "abbcc",
    goers: "a",
    killed: "b",
  },
];

for (const { rule, ...scenario } of RANDOM_ORDERS) {
  Deno.test(rule, async () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = new Random(seed);
      await named(`seed ${seed}`, play(scenario, (count) => random.below(count)));
    }
  });
}

Deno.test("F16, F18: exactly one live each over lossy, slow networks and stores, always", async () => {
  for (let seed = 1; seed <= 1_500; seed++) await named(`seed ${seed}`, storm(new Random(seed)));
});

/** Two or three isolates, everything late by random times, every tenth message lost until the end. */
async function storm(random: Random): Promise<void> {
  const nodeCount = 2 + random.below(2);
  await using house = await House.open({ nodes: nodeCount, random: () => random.next() });
  const { clock, network, store, nodes } = house;
  network.delay = () => random.below(40);
  network.drop = () => random.below(10) === 0;
  store.delay = () => random.below(40);
  const visit = () => random.of(nodes).visitor();
  const goLive = () => void random.of(nodes).goLive();
  const goLives = 1 + random.below(2);
  for (let i = 0; i < 12; i++) clock.after(random.below(200), visit);
  for (let i = 0; i < goLives; i++) clock.after(random.below(200), goLive);
  if (random.below(3) === 0) clock.after(random.below(200), () => cutFor(random.of(nodes), random));
  // Reconciliation finds what was lost.
  await house.pass(35_000);
  for (const { told, index } of house.visitors) {
    assert.equal(told.length, 1, `visitor ${index} was told ${told.length} times`);
  }
  assertFirstComeFirstServed(house);
}

function cutFor({ house: { clock, network }, id }: Node, random: Random): void {
  network.cut(id);
  clock.after(random.below(5_000), () => network.restore(id));
}

/** Within an isolate, strictly. */
function assertFirstComeFirstServed({ nodes, told }: House): void {
  for (const node of nodes) {
    const order = told.filter((visitor) => visitor.node === node).map(({ index }) => index);
    assert.deepEqual(order, order.toSorted((a, b) => a - b), node.id);
  }
}

/** Says in the error of a failing run how to repeat it. */
async function named(name: string, run: Promise<void>): Promise<void> {
  try {
    await run;
  } catch (cause) {
    throw new Error(`${name}: ${cause}`, { cause });
  }
}
