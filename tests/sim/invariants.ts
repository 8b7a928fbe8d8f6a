/**
 * What is promised, each with its bound, held against what happened. docs/promises.md says the same
 * to people.
 *
 * @module
 */

import type { CommandRecord, FaultRecord, History, VisitorRecord } from "./world.ts";

/** After the 200 of an end nobody is told any more, where nothing is at fault. */
const END_MS = 300;
/** The same after a fault is over: the isolate has to find out first. */
const FOUND_OUT_MS = 3_000;
/** Who came as much earlier is told earlier. */
const EARLIER_MS = 1_000;
/** A release looks for due visitors every 10 ms; two clocks of a millisecond each. */
const JITTER_MS = 30;
/** In any stretch of this length the rate is at most and at least so much of what is set. */
const WINDOW_MS = 2_000;
const FASTEST = 1.2;
const SLOWEST = 0.8;
/** Nobody is told for as long at most while somebody may be. */
const PAUSE_MS = 1_000;
/** From a go-live's request to its first visitor where all isolates answer. */
const BEGIN_MS = 1_500;
/** After a fault the rate may be off for as long. */
const SETTLED_MS = 5_000;
/** Where nothing tells the isolates that the store has lost its data, the next look does. */
const LOOKED_MS = 17_000;
/** A live state may end as much earlier or later than its time. */
const EXPIRY_MS = 2_500;

/** A promise that was broken. */
export interface Violation {
  readonly promise: string;
  readonly detail: string;
}

export function violations(history: History): Violation[] {
  return [
    ...once(history),
    ...notBefore(history),
    ...notAfterAnEnd(history),
    ...afterItsTime(history),
    ...everybody(history),
    ...tooFast(history),
    ...tooSlow(history),
    ...order(history),
    ...counts(history),
    ...agreement(history),
    ...answers(history),
    ...memory(history),
  ];
}

function* once({ visitors }: History): Iterable<Violation> {
  for (const { visitor, told } of visitors) {
    if (told.length > 1) yield { promise: "once", detail: `visitor ${visitor} at ${told}` };
  }
}

function* notBefore({ visitors, commands }: History): Iterable<Violation> {
  const first = Math.min(...commands.filter(({ what }) => what === "live").map((c) => c.from));
  for (const { visitor, told } of visitors) {
    if (told[0]! < first) yield { promise: "not before", detail: `visitor ${visitor}, ${told[0]}` };
  }
}

function* notAfterAnEnd(history: History): Iterable<Violation> {
  const { visitors, commands } = history;
  const ends = commands.filter(({ what, result }) => what === "end" && result === "done");
  for (const each of visitors) {
    const [at] = each.told;
    if (at === undefined) continue;
    for (const end of ends) {
      const grace = Math.max(end.to + END_MS, upset(history, each.isolate, end) + FOUND_OUT_MS);
      if (at <= grace) continue;
      // A go-live that began after the end, or was under way together with it, lets them in.
      const again = commands.some((other) => {
        return other.what === "live" && other.to >= end.from && other.from <= at;
      });
      if (again) continue;
      yield { promise: "not after an end", detail: `visitor ${each.visitor}, ${at - end.to} ms` };
    }
  }
}

/** Until when a fault kept that isolate, or whoever ended, from each other. */
function upset({ faults }: History, isolate: number, end: CommandRecord): number {
  return Math.max(
    -Infinity,
    ...faults.filter((fault) => {
      const concerns = fault.isolate === undefined || fault.isolate === isolate ||
        fault.isolate === end.isolate;
      return concerns && fault.to >= end.from - EXPIRY_MS;
    }).map(({ to }) => to),
  );
}

/** Who came when the live state was over waits. */
function* afterItsTime(history: History): Iterable<Violation> {
  const { visitors, commands, schedule } = history;
  if (schedule.clocks.some((ms) => ms !== 0)) return;
  if (history.faults.some(({ what }) => what === "jump")) return;
  const lives = commands.filter(({ what }) => what === "live");
  for (const { visitor, told, cameAt, isolate } of visitors) {
    const [at] = told;
    if (at === undefined) continue;
    const right = lives.some(({ from, to, isolate: by }) => {
      const held = Math.max(
        0,
        ...history.faults.filter((each) =>
          each.isolate === undefined || each.isolate === isolate || each.isolate === by
        ).map((each) => each.to - each.from),
      );
      const until = (to === Infinity ? from + 62_000 : to) + schedule.liveTtlMs;
      return from <= at && cameAt <= until + EXPIRY_MS + held;
    });
    if (!right) yield { promise: "not after its time", detail: `visitor ${visitor}, ${cameAt}` };
  }
}

/** Go-lives that hold: they got their 200, and no end came after them or beside them. */
function holding({ commands }: History): CommandRecord[] {
  const ends = commands.filter(({ what }) => what === "end");
  return commands.filter((live) => {
    return live.what === "live" && live.result === "done" &&
      !ends.some(({ to }) => to >= live.from);
  });
}

/** Whether, and by which go-live, a visitor has the right to be told. */
function entitling(history: History, { cameAt }: VisitorRecord): CommandRecord | undefined {
  const { liveTtlMs } = history.schedule;
  return holding(history).find(({ from }) => cameAt < from + liveTtlMs - EXPIRY_MS);
}

/** When a visitor was there no more, without having been told. */
function goneAt({ faults }: History, { leftAt, isolate }: VisitorRecord): number {
  const killed = faults.find((fault) => fault.what === "kill" && fault.isolate === isolate);
  return Math.min(leftAt ?? Infinity, killed?.from ?? Infinity);
}

function* everybody(history: History): Iterable<Violation> {
  if (forgetful(history)) return;
  for (const each of history.visitors) {
    if (each.told.length > 0 || goneAt(history, each) < Infinity) continue;
    const live = entitling(history, each);
    if (!live) continue;
    yield { promise: "everybody", detail: `visitor ${each.visitor} of ${live.from}` };
  }
}

/**
 * True where a live state of a few seconds ended while somebody was kept from hearing of it, or who
 * was to remember it died: nobody can know of it then.
 */
function forgetful({ faults, schedule }: History): boolean {
  const deaf = faults.some(({ what, from, to }) => {
    const away = what === "cut" || what === "restart" || what === "failover" || what === "refuse" ||
      what === "flush" || what === "kill" || what === "delay";
    // Who stands still for as long as it is live may have been about to ask.
    if (what === "pause") return to - from > schedule.liveTtlMs;
    return away && (to - from > 0.3 * schedule.liveTtlMs || what === "flush" || what === "kill");
  });
  return deaf && schedule.liveTtlMs < 60_000;
}

/** Where these are, each isolate releases its own: see docs/promises.md. */
const PARTING: readonly string[] = ["cut", "delay", "restart", "failover", "refuse"];
/** Where these are, moments stay empty for a while. */
const HARMING: readonly string[] = [...PARTING, "pause", "kill", "start", "flush"];

function near(faults: readonly FaultRecord[], from: number, to: number): boolean {
  return faults.some((fault) => {
    const settled = fault.what === "flush" ? LOOKED_MS : SETTLED_MS;
    return fault.from <= to && fault.to + settled >= from;
  });
}

function toldTimes({ visitors }: History): number[] {
  return visitors.flatMap(({ told }) => told).toSorted((a, b) => a - b);
}

function* tooFast(history: History): Iterable<Violation> {
  const { releaseRate } = history.schedule;
  if (releaseRate === 0) return;
  const parting = history.faults.filter(({ what }) => PARTING.includes(what));
  const most = FASTEST * releaseRate * WINDOW_MS / 1_000 + 1;
  const times = toldTimes(history);
  let first = 0;
  for (const [i, at] of times.entries()) {
    while (times[first]! <= at - WINDOW_MS) first++;
    const told = i - first + 1;
    if (told <= most || near(parting, at - WINDOW_MS, at)) continue;
    yield { promise: "not too fast", detail: `${told} in 2 s before ${at}, ${most} may` };
    return;
  }
}

/** From when to when a visitor waits with the right to be told. */
function* due(history: History): Iterable<readonly [from: number, to: number]> {
  for (const each of history.visitors) {
    const live = entitling(history, each);
    if (!live) continue;
    const from = Math.max(each.cameAt, live.from) + BEGIN_MS;
    const to = Math.min(each.told[0] ?? Infinity, goneAt(history, each));
    if (to > from) yield [from, to];
  }
}

function* tooSlow(history: History): Iterable<Violation> {
  if (forgetful(history)) return;
  const { releaseRate } = history.schedule;
  const harming = history.faults.filter(({ what }) => HARMING.includes(what));
  const waits = [...due(history)];
  const times = toldTimes(history);
  const intervalMs = releaseRate > 0 ? 1_000 / releaseRate : 0;
  const pauseMs = PAUSE_MS + intervalMs;
  for (const [from, to] of waits) {
    // In the time before it is told others are, at the rate, and never nobody for long.
    for (let at = from; at + pauseMs < to; at += 250) {
      if (near(harming, at - BEGIN_MS, at + WINDOW_MS)) continue;
      const told = between(times, at, at + pauseMs);
      if (told === 0) {
        yield { promise: "no pause", detail: `nobody is told from ${at} to ${at + pauseMs}` };
        return;
      }
      if (at + WINDOW_MS >= to || releaseRate === 0) continue;
      const waiting = waits.filter(([a, b]) => a <= at && b > at + WINDOW_MS).length;
      const least = SLOWEST * releaseRate * WINDOW_MS / 1_000 - 1;
      const told2 = between(times, at, at + WINDOW_MS);
      if (waiting > 0 && told2 < least && !left(history, at)) {
        yield { promise: "not too slow", detail: `${told2} in 2 s from ${at}, at least ${least}` };
        return;
      }
    }
  }
}

/** Somebody has left, whose moment stays empty. */
function left({ visitors }: History, at: number): boolean {
  return visitors.some(({ leftAt }) => leftAt !== undefined && leftAt <= at + WINDOW_MS);
}

function between(times: readonly number[], from: number, to: number): number {
  return times.filter((at) => at >= from && at <= to).length;
}

function* order(history: History): Iterable<Violation> {
  const { visitors, faults, schedule, commands } = history;
  // Who stood still, or was cut off, is told late; so are all after a fault of Redis. And where a
  // clock jumps just then, an isolate asks the store before it tells anyone.
  if (faults.length > 0) return;
  if (commands.some(({ what }) => what === "end") || schedule.releaseRate === 0) return;
  const told = visitors.filter((each) => each.told.length > 0 && each.leftAt === undefined)
    .toSorted((a, b) => a.told[0]! - b.told[0]!);
  const far = Math.max(...schedule.distances) - Math.min(...schedule.distances);
  let youngest: VisitorRecord | undefined;
  for (const each of told) {
    if (
      youngest && each.cameAt + EARLIER_MS <= youngest.cameAt &&
      each.told[0]! > youngest.told[0]! + JITTER_MS + far / 2
    ) {
      const detail =
        `${each.visitor} at ${each.told} after ${youngest.visitor} at ${youngest.told}`;
      yield { promise: "in order", detail };
      return;
    }
    // Who comes while it goes live may be told at once, before the plan of those whom it finds.
    if (commands.some(({ from }) => each.cameAt >= from && each.cameAt < from + BEGIN_MS)) continue;
    if (!youngest || each.cameAt > youngest.cameAt) youngest = each;
  }
}

function* counts(history: History): Iterable<Violation> {
  for (const count of history.counts) {
    if (count === history.waiting) continue;
    yield { promise: "counts", detail: `${count} for ${history.waiting}` };
  }
  for (const { visitorsWaiting } of history.views) {
    if (visitorsWaiting === history.waiting) continue;
    yield { promise: "counts", detail: `a view has ${visitorsWaiting} for ${history.waiting}` };
  }
}

function* agreement(history: History): Iterable<Violation> {
  const { views, schedule, commands, end } = history;
  const statuses = new Set(views.map(({ status }) => status));
  if (statuses.size > 1) yield { promise: "agreement", detail: `${[...statuses]}` };
  const [status] = statuses;
  const ends = commands.filter(({ what }) => what === "end");
  const lives = commands.filter(({ what }) => what === "live");
  const ended = ends.some(({ from, result }) => {
    return result === "done" && lives.every(({ to }) => to < from);
  });
  if (ended && status === "live") yield { promise: "agreement", detail: "live after an end" };
  const last = Math.max(-Infinity, ...holding(history).map(({ from }) => from));
  if (last + schedule.liveTtlMs > end + 10_000 && status === "waiting") {
    yield { promise: "agreement", detail: "waiting after a go-live" };
  }
}

/** A request is answered within its minute, whatever happens, unless its isolate dies. */
function* answers({ commands, faults }: History): Iterable<Violation> {
  for (const { what, from, to, result, isolate } of commands) {
    const killed = faults.some((fault) => fault.what === "kill" && fault.isolate === isolate);
    if (result === "never" && !killed) {
      yield { promise: "answered", detail: `${what} of ${from}: ${to}` };
    }
  }
}

function* memory({ leaks }: History): Iterable<Violation> {
  for (const [i, timers] of leaks.entries()) {
    if (timers > 0) yield { promise: "memory", detail: `${timers} timers of isolate ${i}` };
  }
}
