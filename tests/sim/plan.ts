/**
 * The load on one Redis of a service of a given size, from the formulas of `costs.ts`.
 *
 * @module
 */

import {
  type Cost,
  counting,
  expectedIsolates,
  goingLive,
  JOINING,
  NOTHING,
  reconciling,
  scaled,
} from "./costs.ts";
import type { ServerCosts } from "./sim_server.ts";

/** `STATE_INTERVAL_MS`, and how often an isolate looks into the store. */
export const INTERVAL_S = 15;
/** Conferences go live on the hour: all of them within five minutes. */
export const GO_LIVE_S = 300;
/** Visitors come within ten minutes. */
export const ARRIVAL_S = 600;
/** How often an isolate tests its receiving connection. */
const PROBE_S = 5;

export interface Size {
  readonly isolates: number;
  readonly conferences: number;
  /** Of one conference. One moderator more watches it. */
  readonly visitors: number;
}

/** A part of the load: what happens a second. */
export interface Load {
  readonly what: "counts" | "looks into the store" | "go-lives" | "arrivals" | "probes";
  readonly cost: Cost;
  /** Octets to receivers. */
  readonly octets: number;
}

/** Octets of an ask or an answer, with the channel's framing left out. */
const SHORT_OCTETS = 95;

/** How many isolates have a conference, on average. */
export function isolatesOf({ isolates, visitors }: Size): number {
  return expectedIsolates(visitors + 1, isolates);
}

/** Octets of a plan: each isolate's id, and a pair of numbers for nearly each visitor. */
export function planOctets(isolates: number, visitors: number): number {
  return 130 + 43 * isolates + 8.5 * visitors;
}

/** The load a second, part by part. */
export function loads(size: Size): Load[] {
  const each = isolatesOf(size);
  const { isolates, conferences, visitors } = size;
  const here = conferences * each / isolates;
  const goLive = goingLive(each, 1);
  const goLives = conferences / GO_LIVE_S;
  const asked = (goLive.delivered - each) * SHORT_OCTETS;
  return [
    load("counts", scaled(counting(each), conferences / INTERVAL_S)),
    load("looks into the store", scaled(reconciling(here), isolates / INTERVAL_S)),
    {
      what: "go-lives",
      cost: scaled(goLive, goLives),
      octets: goLives * (asked + each * planOctets(each, visitors)),
    },
    load("arrivals", scaled(JOINING, conferences * each / ARRIVAL_S)),
    load("probes", scaled({ ...NOTHING, published: 1, delivered: 1 }, isolates / PROBE_S)),
  ];
}

/** Seconds of a Redis's time that a second of `load` takes. */
export function redisTime({ cost, octets }: Load, costs: ServerCosts): number {
  const commands = cost.published + cost.reads + cost.writes;
  const microseconds = commands * costs.command + cost.delivered * costs.delivery +
    octets * costs.octet + cost.keys * costs.key + cost.channels * costs.channel;
  return microseconds / 1e6;
}

function load(what: Load["what"], cost: Cost): Load {
  return { what, cost, octets: cost.delivered * SHORT_OCTETS };
}
