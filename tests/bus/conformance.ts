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
    for (const [i, bus] of [a, b, c].entries()) await bus.subscribe("t", inboxes[i]!.take).ready;
    await a.publish("t", "x");
    await Promise.all([inboxes[1]!.reached(1), inboxes[2]!.reached(1)]);
    await b.publish("t", "end");
    await inboxes[0]!.reached(1);
    assert.deepEqual(inboxes[0]!.got, ["end"]);
    assert.deepEqual(inboxes[1]!.got, ["x"]);
  });

  pair("the handler is told who published", async (a, b) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    await b.subscribe("t", (_payload, from) => resolve(from)).ready;
    await a.publish("t", "x");
    assert.equal(await promise, a.id);
    assert.notEqual(a.id, b.id);
  });

  pair("publications of one sender arrive in order, also over several topics", async (a, b) => {
    const inbox = new Inbox();
    await b.subscribe("even", inbox.take).ready;
    await b.subscribe("odd", inbox.take).ready;
    const sent = Array.from({ length: 500 }, (_, i) => String(i));
    await Promise.all(sent.map((x, i) => a.publish(i % 2 ? "odd" : "even", x)));
    await inbox.reached(sent.length);
    assert.deepEqual(inbox.got, sent);
  });

  pair("any string crosses unchanged", async (a, b) => {
    const strings = ["", "\0", "a\r\nb", "комната 🎉", "x".repeat(300_000), '{"a":1}', "a b:c"];
    const inbox = new Inbox();
    await b.subscribe("комната@конф/🎉 x:y", inbox.take).ready;
    for (const s of strings) await a.publish("комната@конф/🎉 x:y", s);
    await inbox.reached(strings.length);
    assert.deepEqual(inbox.got, strings);
  });

  pair("topics are told apart exactly", async (a, b) => {
    const inbox = new Inbox();
    await b.subscribe("a*", inbox.take).ready;
    await b.subscribe("end", inbox.take).ready;
    for (const topic of ["a", "ab", "A*", "a* ", ""]) await a.publish(topic, topic);
    await a.publish("a*", "right");
    await a.publish("end", "end");
    await inbox.reached(2);
    assert.deepEqual(inbox.got, ["right", "end"]);
  });

  pair("what is published once a subscription is ready arrives", async (a, b) => {
    for (let i = 0; i < 20; i++) {
      const inbox = new Inbox();
      await b.subscribe(`t${i}`, inbox.take).ready;
      await a.publish(`t${i}`, "x");
      await inbox.reached(1);
    }
  });

  pair("nothing arrives once a subscription is disposed of, also twice", async (a, b) => {
    const inbox = new Inbox();
    const subscription = b.subscribe("t", inbox.take);
    await subscription.ready;
    await b.subscribe("end", inbox.take).ready;
    subscription[Symbol.dispose]();
    subscription[Symbol.dispose]();
    await a.publish("t", "x");
    await a.publish("end", "end");
    await inbox.reached(1);
    assert.deepEqual(inbox.got, ["end"]);
  });

  pair(
    "a subscription that is disposed of before it is ready leaves nothing behind",
    async (a, b) => {
      const inbox = new Inbox();
      const given = b.subscribe("t", inbox.take);
      given[Symbol.dispose]();
      await given.ready;
      await b.subscribe("end", inbox.take).ready;
      await a.publish("t", "x");
      assert.deepEqual(await a.ask("t", "x", TIMEOUT_MS), { answers: new Map(), complete: true });
      await a.publish("end", "end");
      await inbox.reached(1);
      assert.deepEqual(inbox.got, ["end"]);
    },
  );

  pair("a topic can be subscribed again", async (a, b) => {
    const inbox = new Inbox();
    for (let i = 0; i < 5; i++) {
      using subscription = b.subscribe("t", inbox.take);
      await subscription.ready;
    }
    await b.subscribe("t", inbox.take).ready;
    await a.publish("t", "x");
    await inbox.reached(1);
    assert.deepEqual((await a.ask("t", "y", TIMEOUT_MS)).complete, false);
    assert.deepEqual(inbox.got, ["x", "y"]);
  });

  pair("every handler of a topic gets what is sent, until it is disposed of", async (a, b) => {
    const inboxes = [new Inbox(), new Inbox(), new Inbox()];
    const subscriptions = inboxes.map(({ take }) => b.subscribe("t", take));
    await Promise.all(subscriptions.map(({ ready }) => ready));
    await a.publish("t", "1");
    await Promise.all(inboxes.map((inbox) => inbox.reached(1)));
    subscriptions[0]![Symbol.dispose]();
    await a.publish("t", "2");
    await Promise.all(inboxes.slice(1).map((inbox) => inbox.reached(2)));
    subscriptions[2]![Symbol.dispose]();
    await a.publish("t", "3");
    await inboxes[1]!.reached(3);
    assert.deepEqual(inboxes.map(({ got }) => got.length), [1, 3, 2]);
  });

  pair("the same handler twice is two subscriptions", async (a, b) => {
    const inbox = new Inbox();
    const first = b.subscribe("t", inbox.take);
    const second = b.subscribe("t", inbox.take);
    await Promise.all([first.ready, second.ready]);
    await a.publish("t", "x");
    await inbox.reached(2);
    first[Symbol.dispose]();
    await a.publish("t", "y");
    await inbox.reached(3);
    assert.deepEqual(inbox.got, ["x", "x", "y"]);
  });

  pair("a handler that joins an existing topic hears all from its readiness on", async (a, b) => {
    const inbox = new Inbox();
    const first = b.subscribe("t", () => {});
    const second = b.subscribe("t", inbox.take);
    await second.ready;
    first[Symbol.dispose]();
    await a.publish("t", "x");
    await inbox.reached(1);
  });

  pair("who disposes of another handler while both are called ends it at once", async (a, b) => {
    const inbox = new Inbox();
    const first = b.subscribe("t", (payload) => {
      second[Symbol.dispose]();
      inbox.take(payload);
    });
    const second = b.subscribe("t", inbox.take);
    await Promise.all([first.ready, second.ready]);
    await a.publish("t", "x");
    await a.publish("t", "y");
    await inbox.reached(2);
    assert.deepEqual(inbox.got, ["x", "y"]);
  });

  pair("with the last handler the topic is gone, and asks do not wait for it", async (a, b) => {
    const subscriptions = ["1", "2"].map((answer) => b.subscribe("t", () => answer));
    for (const subscription of subscriptions) {
      await subscription.ready;
      assert.equal((await a.ask("t", "?", TIMEOUT_MS)).answers.size, 1);
    }
    for (const subscription of subscriptions) subscription[Symbol.dispose]();
    assert.deepEqual(await a.ask("t", "?", TIMEOUT_MS), { answers: new Map(), complete: true });
  });

  pair(
    "the first handler that has an answer gives that of its isolate; all are asked",
    async (a, b) => {
      const inbox = new Inbox();
      const handlers = [
        (payload: string) => inbox.take(payload),
        () => {
          throw new Error("the handler's fault, which the test makes");
        },
        () => "",
        () => "second",
        (payload: string) => inbox.take(payload),
      ];
      for (const handler of handlers) await b.subscribe("t", handler).ready;
      const { answers, complete } = await a.ask("t", "?", TIMEOUT_MS);
      assert.deepEqual([...answers], [[b.id, ""]]);
      assert.equal(complete, true);
      assert.deepEqual(inbox.got, ["?", "?"]);
    },
  );

  trio("tell() reaches one isolate alone, and only on that topic", async (a, b, c) => {
    const [inbox, others] = [new Inbox(), new Inbox()];
    for (const bus of [a, c]) await bus.subscribe("t", others.take).ready;
    await b.subscribe("u", others.take).ready;
    await b.subscribe("t", (payload, from) => inbox.take(`${payload} of ${from}`)).ready;
    assert.equal(await a.tell(b.id, "t", "x"), true);
    await a.publish("u", "end");
    await a.tell(c.id, "t", "end");
    await others.reached(2);
    await inbox.reached(1);
    assert.deepEqual(inbox.got, [`x of ${a.id}`]);
    assert.deepEqual(others.got, ["end", "end"]);
  });

  pair("any string is told unchanged, on any topic, to every handler", async (a, b) => {
    const strings = ["", "\0", "a\r\nb", "комната 🎉", "x".repeat(300_000), '{"a":1}', "a b:c"];
    const topics = ["t", "комната@конф/🎉 x:y\n7", ""];
    for (const topic of topics) {
      const inboxes = [new Inbox(), new Inbox()];
      for (const { take } of inboxes) await b.subscribe(topic, take).ready;
      for (const s of strings) await a.tell(b.id, topic, s);
      for (const inbox of inboxes) {
        await inbox.reached(strings.length);
        assert.deepEqual(inbox.got, strings);
      }
    }
  });

  pair("what is told, published and asked by one sender arrives in order", async (a, b) => {
    const inbox = new Inbox();
    await b.subscribe("t", (payload) => (inbox.take(payload), "ok")).ready;
    const sent = Array.from({ length: 300 }, (_, i) => String(i));
    await Promise.all(sent.map((x, i): Promise<unknown> => {
      if (i % 3 === 0) return a.publish("t", x);
      return i % 3 === 1 ? a.tell(b.id, "t", x) : a.ask("t", x, TIMEOUT_MS);
    }));
    assert.deepEqual(inbox.got, sent);
  });

  pair("an isolate may tell itself", async (a) => {
    const inbox = new Inbox();
    await a.subscribe("t", inbox.take).ready;
    const told = a.tell(a.id, "t", "x");
    assert.deepEqual(inbox.got, [], "not before tell() returns");
    assert.equal(await told, true);
    await inbox.reached(1);
  });

  pair("what is told on a topic that the isolate does not have is ignored", async (a, b) => {
    const inbox = new Inbox();
    await b.subscribe("u", inbox.take).ready;
    await a.tell(b.id, "t", "x");
    await a.tell(b.id, "u", "y");
    await inbox.reached(1);
    assert.deepEqual(inbox.got, ["y"]);
  });

  trio(
    "tell() says of an isolate that has left, or never was, that nobody is there",
    async (a, b, c) => {
      const inbox = new Inbox();
      await c.subscribe("t", (payload) => (inbox.take(payload), "c")).ready;
      await b[Symbol.asyncDispose]();
      assert.equal((await a.ask("t", "is b gone?", TIMEOUT_MS)).complete, true);
      for (const id of [b.id, "nobody"]) assert.equal(await a.tell(id, "t", "lost"), false);
      await a.publish("t", "end");
      await inbox.reached(2);
      assert.deepEqual(inbox.got, ["is b gone?", "end"]);
    },
  );

  pair("a handler that throws does not end the subscription", async (a, b) => {
    const inbox = new Inbox();
    await b.subscribe("t", (payload) => {
      inbox.take(payload);
      throw new Error("the handler's fault, which the test makes");
    }).ready;
    await a.publish("t", "1");
    await a.publish("t", "2");
    await inbox.reached(2);
  });

  trio("ask() gathers the answer of every other isolate with the topic", async (a, b, c) => {
    await a.subscribe("t", () => "never asked").ready;
    await b.subscribe("t", (payload) => `b:${payload}`).ready;
    await c.subscribe("t", () => "").ready;
    const { answers, complete } = await a.ask("t", "?", TIMEOUT_MS);
    assert.equal(complete, true);
    assert.deepEqual(answers, new Map([[b.id, "b:?"], [c.id, ""]]));
  });

  trio("ask() does not wait for isolates without the topic", async (a, b, c) => {
    await b.subscribe("t", () => "b").ready;
    await c.subscribe("u", () => "c").ready;
    const { answers, complete } = await a.ask("t", "?", TIMEOUT_MS);
    assert.deepEqual([...answers], [[b.id, "b"]]);
    assert.equal(complete, true);
  });

  pair("ask() is answered at once when nobody else has the topic", async (a) => {
    await a.subscribe("t", () => "never asked").ready;
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
    await c.subscribe("t", () => "c").ready;
    const faults = [() => {}, () => {
      throw new Error("the handler's fault, which the test makes");
    }];
    for (const fault of faults) {
      using subscription = b.subscribe("t", fault);
      await subscription.ready;
      const { answers, complete } = await a.ask("t", "?", TIMEOUT_MS);
      assert.deepEqual([...answers], [[c.id, "c"]]);
      assert.equal(complete, false);
    }
  });

  trio("asks that overlap do not mix their answers", async (a, b, c) => {
    for (const bus of [a, b, c]) {
      await bus.subscribe("t", (payload) => `${bus.id}:${payload}`).ready;
    }
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
    await b.subscribe("t", (payload) => (inbox.take(payload), "ok")).ready;
    const published = a.publish("t", "1");
    const asked = a.ask("t", "2", TIMEOUT_MS);
    await Promise.all([published, asked, a.publish("t", "3")]);
    await inbox.reached(3);
    assert.deepEqual(inbox.got, ["1", "2", "3"]);
  });

  trio("an isolate that left is not waited for", async (a, b, c) => {
    await b.subscribe("t", () => "b").ready;
    await c.subscribe("t", () => "c").ready;
    await c[Symbol.asyncDispose]();
    const { answers, complete } = await a.ask("t", "?", TIMEOUT_MS);
    assert.deepEqual([...answers], [[b.id, "b"]]);
    assert.equal(complete, true);
  });

  pair("check() resolves while the carrier answers", async (a) => {
    await a.check(TIMEOUT_MS);
  });

  pair("a bus that is disposed, also twice, refuses work and is silent", async (a, b) => {
    const inbox = new Inbox();
    const subscription = b.subscribe("t", inbox.take);
    await subscription.ready;
    await b[Symbol.asyncDispose]();
    await b[Symbol.asyncDispose]();
    await a.publish("t", "x");
    await assert.rejects(b.publish("t", "x"), BusError);
    await assert.rejects(b.ask("t", "x", TIMEOUT_MS), BusError);
    await assert.rejects(b.tell(a.id, "t", "x"), BusError);
    using late = b.subscribe("t", () => {});
    await assert.rejects(late.ready, BusError);
    await assert.rejects(b.check(TIMEOUT_MS), BusError);
    subscription[Symbol.dispose]();
    assert.deepEqual(inbox.got, []);
  });

  pair("who wants to hear of gaps no longer disposes of it, also twice", (a) => {
    const listening = a.onGap(() => {});
    listening[Symbol.dispose]();
    listening[Symbol.dispose]();
    return Promise.resolve();
  });
}
