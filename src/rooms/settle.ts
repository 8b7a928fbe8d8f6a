import type { Leaving } from "./events.ts";
import { lasts, type Participant, type Room } from "./room.ts";

/** What a change was, before it is told to anybody. */
export type Fact =
  | { readonly kind: "created" | "updated" }
  | { readonly kind: "deleted"; readonly reason: "deleted" | "expired" }
  | { readonly kind: "joined"; readonly participant: Participant }
  | { readonly kind: "left"; readonly participant: Participant; readonly reason: Leaving };

export interface Settled {
  /** Without those who are gone; undefined where the room itself is. */
  readonly room: Room | undefined;
  readonly facts: readonly Fact[];
}

/** How a room ages: what each coming, going and end of a lease puts off its end to, at least. */
export interface Ageing {
  readonly extendMs: number;
  /** Holders of connections that are dead. */
  readonly dead?: ReadonlySet<string>;
}

/** The room as it is at `now`, and what has happened since it was stored. Changes nothing itself. */
export function settle(room: Room, now: number, { extendMs, dead }: Ageing): Settled {
  const gone = room.participants.filter((each) => {
    return !lasts(each, now) ||
      (each.lease.kind === "connection" && dead?.has(each.lease.holder) === true);
  });
  const ended = gone.reduce<number>((last, { lease }) => {
    return Math.max(last, lease.kind === "time" ? lease.until : now);
  }, -Infinity);
  const aged = gone.length === 0 ? room : {
    // The end that its going put off counts from that moment, also when it is noticed later.
    ...extended(without(room, gone), ended, extendMs),
    changedAt: now,
  };
  const facts = gone.map((participant): Fact => ({ kind: "left", participant, reason: "expired" }));
  if ((aged.expiresAt ?? Infinity) > now) return { room: aged, facts };
  return { room: undefined, facts: [...facts, ...ending(aged, "expired")] };
}

/** What is told when `room` ends: everybody leaves, then it is gone. */
export function ending(room: Room, reason: "deleted" | "expired"): Fact[] {
  const leaving = room.participants.map((participant): Fact => {
    return { kind: "left", participant, reason: "deleted" };
  });
  return [...leaving, { kind: "deleted", reason }];
}

export function without(room: Room, gone: readonly Participant[]): Room {
  return { ...room, participants: room.participants.filter((each) => !gone.includes(each)) };
}

/** Stays at least `extendMs` from `now` on. */
export function extended(room: Room, now: number, extendMs: number): Room {
  const { expiresAt } = room;
  return expiresAt === undefined
    ? room
    : { ...room, expiresAt: Math.max(expiresAt, now + extendMs) };
}
