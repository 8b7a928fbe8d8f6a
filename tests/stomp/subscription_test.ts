import assert from "node:assert/strict";
import type { Subscription } from "../../src/stomp/mod.ts";
import { Subscriptions } from "../../src/stomp/subscription.ts";

function subscription(id: string | undefined, destination = "/a"): Subscription {
  return { id, destination, ack: "auto", context: undefined };
}

function named(id: string): { id: string; destination: undefined } {
  return { id, destination: undefined };
}

Deno.test("what is added is active until it is removed", () => {
  const subscriptions = new Subscriptions(16);
  const [first, second] = [subscription("1"), subscription("2")];
  subscriptions.add(first);
  subscriptions.add(second);
  assert.deepEqual(subscriptions.active, [first, second]);
  assert.equal(subscriptions.remove(named("1")), first);
  assert.deepEqual(subscriptions.active, [second]);
});

Deno.test("C67: an id is taken while it is active, whatever the destination, and free again after", () => {
  const subscriptions = new Subscriptions(16);
  subscriptions.add(subscription("1", "/a"));
  const taken = { code: "duplicate-subscription", closeCode: 1002 };
  assert.throws(() => subscriptions.add(subscription("1", "/a")), taken);
  assert.throws(() => subscriptions.add(subscription("1", "/b")), taken);
  subscriptions.remove(named("1"));
  subscriptions.add(subscription("1", "/b"));
  assert.deepEqual(subscriptions.active.map(({ destination }) => destination), ["/b"]);
});

Deno.test("C68: two ids may share a destination", () => {
  const subscriptions = new Subscriptions(16);
  subscriptions.add(subscription("1"));
  subscriptions.add(subscription("2"));
  assert.equal(subscriptions.active.length, 2);
});

Deno.test("C64: without an id the destination names a subscription", () => {
  const subscriptions = new Subscriptions(16);
  const [first, second] = [subscription(undefined, "/a"), subscription(undefined, "/b")];
  subscriptions.add(first);
  subscriptions.add(second);
  assert.throws(() => subscriptions.add(subscription(undefined, "/b")), {
    code: "duplicate-subscription",
  });
  assert.equal(subscriptions.remove({ id: undefined, destination: "/b" }), second);
  assert.deepEqual(subscriptions.active, [first]);
});

Deno.test("C64: a destination does not name a subscription that has an id", () => {
  const subscriptions = new Subscriptions(16);
  subscriptions.add(subscription("1", "/a"));
  const byDestination = { id: undefined, destination: "/a" };
  assert.throws(() => subscriptions.remove(byDestination), { code: "unknown-subscription" });
});

Deno.test("C70: an id that never was is an error, one that was removed before is not", () => {
  const subscriptions = new Subscriptions(16);
  assert.throws(() => subscriptions.remove(named("1")), {
    code: "unknown-subscription",
    closeCode: 1002,
  });
  subscriptions.add(subscription("1"));
  subscriptions.remove(named("1"));
  assert.equal(subscriptions.remove(named("1")), undefined);
  assert.throws(() => subscriptions.remove(named("2")), { code: "unknown-subscription" });
});

Deno.test("C70: only the last few removed ids are remembered", () => {
  const subscriptions = new Subscriptions(2);
  for (const id of ["1", "2", "3"]) {
    subscriptions.add(subscription(id));
    subscriptions.remove(named(id));
  }
  assert.equal(subscriptions.remove(named("2")), undefined);
  assert.throws(() => subscriptions.remove(named("1")), { code: "unknown-subscription" });
});

Deno.test("C84: there are at most so many at a time", () => {
  const subscriptions = new Subscriptions(2);
  subscriptions.add(subscription("1"));
  subscriptions.add(subscription("2"));
  assert.throws(() => subscriptions.add(subscription("3")), {
    code: "limit-exceeded",
    closeCode: 1008,
  });
  subscriptions.remove(named("1"));
  subscriptions.add(subscription("3"));
  assert.equal(subscriptions.active.length, 2);
});

Deno.test("what is dropped was never there", () => {
  const subscriptions = new Subscriptions(16);
  const refused = subscription("1");
  subscriptions.add(refused);
  subscriptions.drop(refused);
  assert.throws(() => subscriptions.remove(named("1")), { code: "unknown-subscription" });
});

Deno.test("draining takes all", () => {
  const subscriptions = new Subscriptions(16);
  const both = [subscription("1"), subscription("2")];
  both.forEach((one) => subscriptions.add(one));
  assert.deepEqual(subscriptions.drain(), both);
  assert.deepEqual(subscriptions.drain(), []);
});
