/**
 * What every driver of the bus must do. A driver's test file calls {@linkcode busConformance} with
 * a factory and adds what is its own.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Bus, BusError } from "../../src/bus/bus.ts";

/** A carrier of its own for one test, which isolates join. */
export interface BusNetwork extends AsyncDisposable {
  join(): Promise<Bus>;
}

const TIMEOUT_MS = 5000;

/** Gathers what arrives and lets a test wait for the n-th. */
class Inbox {
  readonly got: string[] = [];
  readonly #waiting: { n: number; resolve: () => void }[] = [];

  take = (payload: string): void => {
    this.got.push(payload);
    for (const { n, resolve } of this.#waiting) if (this.got.length >= n) resolve();
  };

  reached(n: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ n, resolve });
    if (this.got.length >= n) resolve();
    return promise;
  }
}

/** Registers the suite for one driver; `skip` says why the driver cannot be tested here. */
export function busConformance(
  driver: string,
  open: () => Promise<BusNetwork>,
  skip?: () => boolean,
): void {
  /** Runs `body` with `n` isolates of a fresh network. */
  function rule(name: string, n: number, body: (...buses: Bus[]) => Promise<void>): void {
    Deno.test(`${driver}: ${name}`, async () => {
      if (skip?.()) return;
      await using network = await open();
      await using stack = new AsyncDisposableStack();
      const buses: Bus[] = [];
      for (let i = 0; i < n; i++) buses.push(stack.use(await network.join()));
      await body(...buses);
    });
  }
  const pair = (name: string, body: (a: Bus, b: Bus) => Promise<void>) =>
    rule(name, 2, (a, b) => body(a!, b!));
  const trio = (name: string, body: (a: Bus, b: Bus, c: Bus) => Promise<void>) =>
    rule(name, 3, (a, b, c) => body(a!, b!, c!));

  trio("a publication reaches every other subscriber and not its sender", async (a, b, c) => {
    const inboxes = [new Inbox(), new Inbox(), new Inbox()];
    for (const [i, bus] of [a, b, c].entries()) await bus.subscribe("t", inboxes[i]!.take);
    await a.publish("t", "x");
    await Promise.all([inboxes[1]!.reached(1), inboxes[2]!.reached(1)]);
    await b.publish("t", "end");
    await inboxes[0]!.reached(1);
    assert.deepEqual(inboxes[0]!.got, ["end"]);
    assert.deepEqual(inboxes[1]!.got, ["x"]);
  });

  pair("the handler is told who published", async (a, b) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    await b.subscribe("t", (_payload, from) => resolve(from));
    await a.publish("t", "x");
    assert.equal(await promise, a.id);
    assert.notEqual(a.id, b.id);
  });

  pair("publications of one sender arrive in order, also over several topics", async (a, b) => {
    const inbox = new Inbox();
    await b.subscribe("even", inbox.take);
    await b.subscribe("odd", inbox.take);
    const sent = Array.from({ length: 500 }, (_, i) => String(i));
    await Promise.all(sent.map((x, i) => a.publish(i % 2 ? "odd" : "even", x)));
    await inbox.reached(sent.length);
    assert.deepEqual(inbox.got, sent);
  });

  pair("any string crosses unchanged", async (a, b) => {
    const strings = ["", "\0", "a\r\nb", "комната 🎉", "x".repeat(300_000), '{"a":1}', "a b:c"];
    const inbox = new Inbox();
    await b.subscribe("комната@конф/🎉 x:y", inbox.take);
    for (const s of strings) await a.publish("комната@конф/🎉 x:y", s);
    await inbox.reached(strings.length);
    assert.deepEqual(inbox.got, strings);
  });

  pair("topics are told apart exactly", async (a, b) => {
    const inbox = new Inbox();
    await b.subscribe("a*", inbox.take);
    await b.subscribe("end", inbox.take);
    for (const topic of ["a", "ab", "A*", "a* ", ""]) await a.publish(topic, topic);
    await a.publish("a*", "right");
    await a.publish("end", "end");
    await inbox.reached(2);
    assert.deepEqual(inbox.got, ["right", "end"]);
  });

  pair("what is published after subscribe() resolved arrives", async (a, b) => {
    for (let i = 0; i < 20; i++) {
      const inbox = new Inbox();
      await b.subscribe(`t${i}`, inbox.take);
      await a.publish(`t${i}`, "x");
      await inbox.reached(1);
    }
  });

  pair("nothing arrives after unsubscribe()", async (a, b) => {
    const inbox = new Inbox();
    await b.subscribe("t", () => assert.fail("the topic is no longer subscribed"));
    await b.subscribe("end", inbox.take);
    b.unsubscribe("t");
    b.unsubscribe("never subscribed");
    await a.publish("t", "x");
    await a.publish("end", "end");
    await inbox.reached(1);
  });

  pair("a topic can be subscribed again after unsubscribe()", async (a, b) => {
    const inbox = new Inbox();
    for (let i = 0; i < 5; i++) {
      await b.subscribe("t", inbox.take);
      b.unsubscribe("t");
    }
    await b.subscribe("t", inbox.take);
    await a.publish("t", "x");
    await inbox.reached(1);
    assert.deepEqual((await a.ask("t", "y", TIMEOUT_MS)).complete, false);
    assert.deepEqual(inbox.got, ["x", "y"]);
  });

  pair("a second subscribe() replaces the handler", async (a, b) => {
    const inbox = new Inbox();
    await b.subscribe("t", () => assert.fail("the first handler is replaced"));
    await b.subscribe("t", inbox.take);
    await a.publish("t", "x");
    await inbox.reached(1);
  });

  pair("a handler that throws does not end the subscription", async (a, b) => {
    const inbox = new Inbox();
    await b.subscribe("t", (payload) => {
      inbox.take(payload);
      throw new Error("the handler's fault, which the test makes");
    });
    await a.publish("t", "1");
    await a.publish("t", "2");
    await inbox.reached(2);
  });

  trio("ask() gathers the answer of every other isolate with the topic", async (a, b, c) => {
    await a.subscribe("t", () => "never asked");
    await b.subscribe("t", (payload) => `b:${payload}`);
    await c.subscribe("t", () => "");
    const { answers, complete } = await a.ask("t", "?", TIMEOUT_MS);
    assert.equal(complete, true);
    assert.deepEqual(answers, new Map([[b.id, "b:?"], [c.id, ""]]));
  });

  trio("ask() does not wait for isolates without the topic", async (a, b, c) => {
    await b.subscribe("t", () => "b");
    await c.subscribe("u", () => "c");
    const { answers, complete } = await a.ask("t", "?", TIMEOUT_MS);
    assert.deepEqual([...answers], [[b.id, "b"]]);
    assert.equal(complete, true);
  });

  pair("ask() is answered at once when nobody else has the topic", async (a) => {
    await a.subscribe("t", () => "never asked");
    const { answers, complete } = await a.ask("t", "?", TIMEOUT_MS);
    assert.equal(answers.size, 0);
    assert.equal(complete, true);
  });

  rule("ask() of an isolate that is alone is answered at once", 1, async (a) => {
    const { answers, complete } = await a!.ask("t", "?", TIMEOUT_MS);
    assert.equal(answers.size, 0);
    assert.equal(complete, true);
  });

  trio("a handler that throws or is silent leaves an ask incomplete", async (a, b, c) => {
    await c.subscribe("t", () => "c");
    const faults = [() => {}, () => {
      throw new Error("the handler's fault, which the test makes");
    }];
    for (const fault of faults) {
      await b.subscribe("t", fault);
      const { answers, complete } = await a.ask("t", "?", TIMEOUT_MS);
      assert.deepEqual([...answers], [[c.id, "c"]]);
      assert.equal(complete, false);
    }
  });

  trio("asks that overlap do not mix their answers", async (a, b, c) => {
    for (const bus of [a, b, c]) await bus.subscribe("t", (payload) => `${bus.id}:${payload}`);
    const askers = [a, b, c].flatMap((bus) => Array.from({ length: 20 }, (_, i) => ({ bus, i })));
    await Promise.all(askers.map(async ({ bus, i }) => {
      const { answers, complete } = await bus.ask("t", String(i), TIMEOUT_MS);
      const others = [a, b, c].filter((other) => other !== bus);
      assert.equal(complete, true);
      assert.deepEqual(
        [...answers].sort(),
        others.map((other) => [other.id, `${other.id}:${i}`]).sort(),
      );
    }));
  });

  pair("a publication and an ask of one sender arrive in order", async (a, b) => {
    const inbox = new Inbox();
    await b.subscribe("t", (payload) => (inbox.take(payload), "ok"));
    const published = a.publish("t", "1");
    const asked = a.ask("t", "2", TIMEOUT_MS);
    await Promise.all([published, asked, a.publish("t", "3")]);
    await inbox.reached(3);
    assert.deepEqual(inbox.got, ["1", "2", "3"]);
  });

  trio("an isolate that left is not waited for", async (a, b, c) => {
    await b.subscribe("t", () => "b");
    await c.subscribe("t", () => "c");
    await c[Symbol.asyncDispose]();
    const { answers, complete } = await a.ask("t", "?", TIMEOUT_MS);
    assert.deepEqual([...answers], [[b.id, "b"]]);
    assert.equal(complete, true);
  });

  pair("check() resolves while the carrier answers", async (a) => {
    await a.check(TIMEOUT_MS);
  });

  pair("a bus that is disposed, also twice, refuses work and is silent", async (a, b) => {
    await b.subscribe("t", () => assert.fail("the bus is disposed"));
    await b[Symbol.asyncDispose]();
    await b[Symbol.asyncDispose]();
    await a.publish("t", "x");
    await assert.rejects(b.publish("t", "x"), BusError);
    await assert.rejects(b.ask("t", "x", TIMEOUT_MS), BusError);
    await assert.rejects(b.subscribe("t", () => {}), BusError);
    await assert.rejects(b.check(TIMEOUT_MS), BusError);
    b.unsubscribe("t");
  });
}
