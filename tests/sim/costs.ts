/**
 * What the service costs Redis, as formulas: docs/scale.md states them, the tests of this folder
 * hold the real queues to them, and the plan is computed from them.
 *
 * `isolates` is always the number of isolates that have the conference, never that of visitors.
 *
 * @module
 */

import { READ_BATCH } from "../../src/queue/live_state.ts";
import type { Traffic } from "./sim_bus.ts";
import type { StoreTraffic } from "./sim_store.ts";

/** Commands and messages of something that happens. Octets are measured, not computed. */
export type Cost = Omit<Traffic, "octets"> & StoreTraffic;

export const NOTHING: Cost = {
  published: 0,
  delivered: 0,
  channels: 0,
  reads: 0,
  keys: 0,
  writes: 0,
};

/** A visitor or moderator comes to an isolate that has the conference already, or waits. */
export const WAITING: Cost = NOTHING;

/** The first one of a conference comes to an isolate. */
export const JOINING: Cost = { ...NOTHING, channels: 1, reads: 1, keys: 1 };

/**
 * The same with `MAX_VISITORS_PER_CONFERENCE`, of the last of `isolates`: it tells the others its
 * number and asks for theirs. Summed over all that join, this grows with their square.
 */
export function joiningBounded(isolates: number): Cost {
  return summed(JOINING, counting(isolates), telling(isolates - 1));
}

/** An isolate says its number unasked; `hearing` have the conference, itself included. */
export function telling(hearing: number): Cost {
  return { ...NOTHING, published: 1, delivered: hearing };
}

/** The last one of a conference leaves an isolate. */
export const LEAVING: Cost = { ...NOTHING, channels: 1 };

/** An isolate asks the others; `asks` is 1 when it has the conference itself, else 0. */
function asking(isolates: number, own: 0 | 1): Cost {
  const others = isolates - own;
  return { ...NOTHING, published: 1 + others, delivered: isolates + others };
}

/** A moderator is told the number, once an interval. */
export function counting(isolates: number): Cost {
  return asking(isolates, 1);
}

/** Those who wait get their moments: the others are asked, and get the plan. */
export function planning(isolates: number, own: 0 | 1): Cost {
  const { published, delivered, ...rest } = asking(isolates, own);
  if (isolates === own) return { published, delivered, ...rest };
  return { ...rest, published: published + 1, delivered: delivered + isolates };
}

/** The conference goes live by an isolate that has it itself (`own`) or does not. */
export function goingLive(isolates: number, own: 0 | 1): Cost {
  return { ...planning(isolates, own), reads: 1, keys: 1, writes: 1 };
}

/** The live state is taken back. */
export function endingLive(isolates: number, own: 0 | 1): Cost {
  return { ...asking(isolates, own), reads: 1, keys: 1, writes: 1 };
}

/** A release lasts: every two seconds an isolate asks whether all who have somebody to tell are there. */
export function pulsing(isolates: number): Cost {
  return asking(isolates, 1);
}

/** An isolate holds its conferences against the store, every 15 s. */
export function reconciling(conferences: number): Cost {
  return { ...NOTHING, reads: Math.ceil(conferences / READ_BATCH), keys: conferences };
}

/** `times` as much, or as often. */
export function scaled(cost: Cost, times: number): Cost {
  return mapped(cost, (_, value) => value * times);
}

export function summed(...costs: readonly Cost[]): Cost {
  return costs.reduce((sum, cost) => mapped(sum, (name, value) => value + cost[name]), NOTHING);
}

/** How many of `isolates` have at least one of `visitors` that choose theirs at random. */
export function expectedIsolates(visitors: number, isolates: number): number {
  return isolates * (1 - (1 - 1 / isolates) ** visitors);
}

function mapped(cost: Cost, to: (name: keyof Cost, value: number) => number): Cost {
  const { published, delivered, channels, reads, keys, writes } = cost;
  return {
    published: to("published", published),
    delivered: to("delivered", delivered),
    channels: to("channels", channels),
    reads: to("reads", reads),
    keys: to("keys", keys),
    writes: to("writes", writes),
  };
}
