/**
 * What happens to a simulated service, and when: made from a seed, or written down by hand.
 *
 * @module
 */

import { Random } from "../queue/random.ts";

/** Something that happens. Isolates and visitors are numbers, taken modulo how many there are. */
export type Step =
  | {
    readonly at: number;
    readonly do: "visit";
    readonly isolate: number;
    readonly visitors: number;
  }
  | { readonly at: number; readonly do: "leave"; readonly visitor: number }
  | { readonly at: number; readonly do: "watch"; readonly isolate: number }
  | { readonly at: number; readonly do: "live"; readonly isolate: number }
  | { readonly at: number; readonly do: "end"; readonly isolate: number }
  /** Dies without a word. */
  | { readonly at: number; readonly do: "kill"; readonly isolate: number }
  /** One more isolate starts. */
  | { readonly at: number; readonly do: "start" }
  /** Stands still, as under SIGSTOP. */
  | { readonly at: number; readonly do: "pause"; readonly isolate: number; readonly ms: number }
  /** Loses its connections to the bus; with `silent` they look as before. */
  | {
    readonly at: number;
    readonly do: "cut";
    readonly isolate: number;
    readonly ms: number;
    readonly silent: boolean;
  }
  /** Hears nothing for a while, then everything at once. */
  | { readonly at: number; readonly do: "delay"; readonly isolate: number; readonly ms: number }
  /** The store fails for it; with `after` once it has done what it was asked. */
  | {
    readonly at: number;
    readonly do: "refuse";
    readonly isolate: number;
    readonly ms: number;
    readonly after: boolean;
  }
  /** Redis is away for everybody; what it kept is there again unless it is lost. */
  | { readonly at: number; readonly do: "restart"; readonly ms: number; readonly lost: boolean }
  /** A replica takes over that is `lagMs` behind. */
  | { readonly at: number; readonly do: "failover"; readonly ms: number; readonly lagMs: number }
  /** Redis loses everything, and nobody is told. */
  | { readonly at: number; readonly do: "flush" }
  /** The wall clock of a machine is set. */
  | { readonly at: number; readonly do: "jump"; readonly isolate: number; readonly ms: number };

export interface Schedule {
  readonly seed: number;
  /** From each isolate to Redis, one way, milliseconds; as many as there are at the beginning. */
  readonly distances: readonly number[];
  /** By how much the wall clock of each is ahead, milliseconds. */
  readonly clocks: readonly number[];
  readonly releaseRate: number;
  readonly liveTtlMs: number;
  readonly steps: readonly Step[];
}

/** Over how long things happen, and after how long a schedule leaves everybody in peace. */
const LASTS_MS = 30_000;

/** An isolate is at most as far from Redis, one way: answers come within half a second then. */
const FAR_MS = 115;

const HOUR_MS = 3_600_000;

/** A schedule of its own for every seed. */
export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed);
  const isolates = 1 + random.below(8);
  const near = random.below(3) > 0;
  const distances = Array.from({ length: isolates }, () => random.below(near ? 4 : FAR_MS));
  const family = random.of(FAMILIES);
  // Where the store has lost its versions, only clocks say which is the newer one.
  const odd = random.below(4) === 0 && !family.some((what) => LOSING.includes(what));
  const clocks = Array.from(
    { length: isolates },
    () => odd ? random.of([-2 * HOUR_MS, -5_000, 0, 0, 700, 2 * HOUR_MS]) : 0,
  );
  const releaseRate = random.of([0, 5, 20, 50, 50, 100]);
  const liveTtlMs = random.of([3_000, 10_000, HOUR_MS, HOUR_MS, HOUR_MS]);
  const steps = [
    ...visits(random, isolates, releaseRate),
    ...commands(random, isolates),
    ...faults(random, isolates, family),
  ];
  return {
    seed,
    distances,
    clocks,
    releaseRate,
    liveTtlMs,
    steps: steps.toSorted((a, b) => a.at - b.at),
  };
}

function visits(random: Random, isolates: number, rate: number): Step[] {
  const most = Math.max(4, Math.min(rate === 0 ? 100 : rate * 4, 200));
  const steps: Step[] = [];
  const groups = 2 + random.below(12);
  for (let i = 0; i < groups; i++) {
    const visitors = 1 + random.below(random.below(2) === 0 ? 4 : Math.ceil(most / groups * 2));
    steps.push({ at: moment(random), do: "visit", isolate: random.below(isolates), visitors });
  }
  for (let i = random.below(4); i > 0; i--) {
    steps.push({ at: moment(random), do: "leave", visitor: random.below(200) });
  }
  for (let i = random.below(3); i > 0; i--) {
    steps.push({ at: moment(random), do: "watch", isolate: random.below(isolates) });
  }
  return steps;
}

/** Go-lives and ends, some of them at nearly the same moment. */
function commands(random: Random, isolates: number): Step[] {
  const steps: Step[] = [];
  let at = 500 + random.below(8_000);
  for (let i = 1 + random.below(5); i > 0 && at < LASTS_MS; i--) {
    const isolate = random.below(isolates);
    steps.push({ at, do: random.below(5) < 3 ? "live" : "end", isolate });
    at += random.of([random.below(30), random.below(1_500), random.below(12_000)]);
  }
  return steps;
}

/**
 * Faults come in families: what a service promises when it loses its data and the isolates that
 * remember it at once, nobody can hold.
 */
const FAMILIES = [
  ["none"],
  ["pause", "jump"],
  ["kill", "start", "pause", "cut", "delay", "refuse"],
  ["cut", "delay", "refuse"],
  ["restart", "failover", "flush"],
  ["pause", "cut", "delay", "refuse", "restart"],
];

const LOSING: readonly string[] = ["restart", "failover", "flush"];

function faults(random: Random, isolates: number, family: readonly string[]): Step[] {
  const steps: Step[] = [];
  for (let i = 1 + random.below(3); i > 0; i--) {
    const step = fault(random, random.of(family), isolates);
    if (step) steps.push(step);
  }
  return steps;
}

function fault(random: Random, what: string, isolates: number): Step | undefined {
  const at = moment(random);
  const isolate = random.below(isolates);
  const ms = Math.round(random.of([100, 400, 1_000, 3_000, 10_000]) * (0.5 + 1.5 * random.next()));
  switch (what) {
    case "kill":
      return isolates > 1 ? { at, do: "kill", isolate } : undefined;
    case "start":
      return { at, do: "start" };
    case "pause":
    case "delay":
      return { at, do: what, isolate, ms };
    case "cut":
      return { at, do: "cut", isolate, ms, silent: random.below(3) === 0 };
    case "refuse":
      return { at, do: "refuse", isolate, ms, after: random.below(2) === 0 };
    case "restart":
      return { at, do: "restart", ms: Math.min(ms, 8_000), lost: random.below(2) === 0 };
    case "failover":
      return { at, do: "failover", ms: Math.min(ms, 3_000), lagMs: random.below(4_000) };
    case "flush":
      return { at, do: "flush" };
    case "jump":
      return { at, do: "jump", isolate, ms: random.of([-1, 1]) * ms * 1_000 };
    default:
      return undefined;
  }
}

function moment(random: Random): number {
  return random.below(LASTS_MS);
}
