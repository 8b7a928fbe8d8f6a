import assert from "node:assert/strict";
import { type Newcomer, seatFor, seatsOf } from "../../src/rooms/capacity.ts";
import type { Participant, Room } from "../../src/rooms/room.ts";

function participant(user: string, handles?: number, seat = user): Participant {
  return {
    id: `${user}-${seat}`,
    seat,
    user,
    name: user,
    role: "publisher",
    lease: { kind: "time", until: 1 },
    joinedAt: 0,
    handles,
  };
}

function room(capacity: number, ...participants: Participant[]): Room {
  return {
    id: "r",
    uid: "u",
    shownId: "r",
    owner: "O",
    access: { kind: "open" },
    capacity,
    attributes: {},
    version: 1,
    createdAt: 0,
    changedAt: 0,
    participants,
  };
}

const CASES: [string, Room, Newcomer, string | undefined][] = [
  ["an empty room", room(3), { user: "A" }, undefined],
  ["R32 copes with one alone", room(3, participant("O", 2)), {
    user: "A",
    handles: 1,
  }, "too_many_to_handle"],
  ["R33 those inside cope with two", room(3, participant("O", 2), participant("A", 2)), {
    user: "B",
    handles: 3,
  }, "full"],
  ["R34 a place is kept for the owner", room(2, participant("A")), { user: "B" }, "full"],
  ["R34 and the owner has it", room(2, participant("A", 2)), { user: "O", handles: 2 }, undefined],
  ["one seat alone is the owner's", room(1), { user: "A" }, "full"],
  ["one seat, and the owner", room(1), { user: "O" }, undefined],
  [
    "another device of who is in",
    room(2, participant("O"), participant("A", 2, "phone")),
    { user: "A", handles: 2 },
    undefined,
  ],
  [
    "each device of others counts",
    room(3, participant("O"), participant("A", 3, "phone"), participant("A", 3, "pad")),
    { user: "B", handles: 9 },
    "full",
  ],
];

for (const [what, of, newcomer, expected] of CASES) {
  Deno.test(`capacity: ${what}`, () => {
    assert.equal(seatFor(of, newcomer)?.refused, expected);
  });
}

Deno.test("a room suits the one in it who copes with the fewest", () => {
  assert.equal(seatsOf(room(3)), 3);
  assert.equal(seatsOf(room(3, participant("O", 2), participant("A", 20))), 2);
});
