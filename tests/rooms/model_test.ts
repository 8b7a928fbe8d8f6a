/**
 * Any history of a room, over several isolates, against a model that is a list.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Fleet, type Isolate, LEASE_MS } from "./fleet.ts";

const OWNER = "owner";
const CAPACITY = 4;
const USERS = [OWNER, "ann", "bob", "cid", "dan", "eve"];

interface Member {
  readonly user: string;
  readonly handles: number;
  until: number;
}

/** A room as one would keep it who is alone. */
class Model {
  members: Member[] = [];

  pass(now: number): void {
    this.members = this.members.filter(({ until }) => until > now);
  }

  join(user: string, handles: number, until: number): string {
    const known = this.members.some((member) => member.user === user);
    const others = this.members.filter((member) => member.user !== user);
    const owner = user === OWNER || others.some((other) => other.user === OWNER);
    const most = Math.min(CAPACITY, ...others.map((other) => other.handles));
    if (!known && most - others.length - (owner ? 0 : 1) <= 0) return "full";
    if (!known && handles <= others.length) return "too_many_to_handle";
    this.members = [...others, { user, handles, until }];
    return "done";
  }

  renew(user: string, until: number): string {
    const member = this.members.find((each) => each.user === user);
    if (!member) return "not_inside";
    member.until = until;
    return "done";
  }

  leave(user: string): string {
    const others = this.members.filter((each) => each.user !== user);
    if (others.length === this.members.length) return "not_inside";
    this.members = others;
    return "done";
  }
}

const step = fc.record({
  isolate: fc.nat(2),
  action: fc.constantFrom("join", "join", "renew", "leave", "pass"),
  user: fc.constantFrom(...USERS),
  handles: fc.integer({ min: 1, max: 6 }),
  pass: fc.integer({ min: 1, max: LEASE_MS }),
});

Deno.test("any history, wherever it happens: the room is what a list would be", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      await using fleet = await Fleet.open(3);
      await fleet.isolates[0]!.create({ capacity: CAPACITY });
      const model = new Model();
      for (const { isolate, action, user, handles, pass } of steps) {
        const at = fleet.isolates[isolate]!;
        const until = fleet.clock.wall() + LEASE_MS;
        if (action === "pass") {
          await fleet.pass(pass);
          model.pass(fleet.clock.wall());
        } else if (action === "join") {
          const result = await at.join(user, { handles });
          assert.equal(outcome(result), model.join(user, handles, until));
        } else if (action === "renew") {
          const result = await at.rooms.renew("r1", user, { kind: "time", until });
          assert.equal(outcome(result), model.renew(user, until));
        } else {
          assert.equal(outcome(await at.rooms.leave("r1", user)), model.leave(user));
        }
        assert.deepEqual(await fleet.isolates[0]!.inside(), model.members.map((each) => each.user));
      }
      await fleet.pass(LEASE_MS + 2_000);
      balanced(fleet);
    }),
    { numRuns: 60 },
  );
});

Deno.test("many at once for the last place: one has it, in any interleaving", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(40), { minLength: 20, maxLength: 20 }), async (delays) => {
      await using fleet = await Fleet.open(4);
      await fleet.isolates[0]!.create({ capacity: 2 });
      let n = 0;
      fleet.store.delay = () => delays[n++ % delays.length]!;
      const at = (i: number): Isolate => fleet.isolates[i % 4]!;
      const joins = Promise.all(delays.map((_, i) => at(i).join(`user-${i}`)));
      const results = await fleet.pass(20_000, joins);
      assert.equal(results.filter((each) => outcome(each) === "done").length, 1);
      assert.equal(results.filter((each) => outcome(each) === "full").length, 19);
    }),
    { numRuns: 50 },
  );
});

/** Whoever joined has left, once. */
function balanced({ events }: Fleet): void {
  const inside = new Set<string>();
  for (const event of events) {
    if (event.kind === "joined") inside.add(event.participant.id);
    else if (event.kind === "left") {
      assert.ok(inside.delete(event.participant.id), "left once, after it came");
    }
  }
  assert.deepEqual([...inside], []);
}

function outcome(result: object): string {
  return "refused" in result ? String(result.refused) : "done";
}
