/**
 * What the isolates of a process share in memory: exact bounds, and work that one of them has done.
 *
 * @module
 */

import { KnownSignatures } from "../auth/known_signatures.ts";
import { Capacity, type SharedCapacity } from "../gateway/capacity.ts";
import { strangersOf } from "../gateway/gateway.ts";
import { Places, type SharedPlaces } from "../gateway/places.ts";
import { ReturningVisitors } from "../queue/returning_visitors.ts";

/** Plain data that can be posted to a worker. */
export interface Shared {
  /** WebSocket connections of all doors. */
  readonly connections: SharedCapacity;
  /** Those of them that have not said who they are. */
  readonly strangers: SharedCapacity;
  /** Where connections are counted by address and by token, where that is bounded. */
  readonly addresses: SharedPlaces | undefined;
  readonly tokens: SharedPlaces | undefined;
  /** TCP connections, where the front counts them. */
  readonly accepted: SharedCapacity;
  /** The connections of each door, by its name; how many there may be, the door says. */
  readonly doors: Readonly<Record<string, SharedArrayBuffer>>;
  /** What each door has used up of what it may do in a second. */
  readonly rates: Readonly<Record<string, SharedArrayBuffer>>;
  /** Where it is noted which signatures were checked. */
  readonly signatures: SharedArrayBuffer;
  /** Where it is noted who was told that a conference is live. */
  readonly told: SharedArrayBuffer;
}

/** How much memory to share, and for whom. */
export interface ShareOptions {
  readonly workers: number;
  readonly maxConnections: number;
  readonly maxAccepted: number;
  /** Undefined: no bound. */
  readonly maxPerAddress?: number | undefined;
  readonly maxPerToken?: number | undefined;
  /** The names of the open doors. */
  readonly doors: readonly string[];
}

/** New memory for the isolates of one process. */
export function share(options: ShareOptions): Shared {
  const { workers, maxConnections, maxAccepted, maxPerAddress, maxPerToken, doors } = options;
  const places = (most: number | undefined) =>
    most === undefined ? undefined : Places.share(workers, most, maxConnections);
  return {
    connections: Capacity.share(workers, maxConnections),
    strangers: Capacity.share(workers, strangersOf(maxConnections)),
    addresses: places(maxPerAddress),
    tokens: places(maxPerToken),
    accepted: Capacity.share(workers, maxAccepted),
    doors: counters(workers, doors),
    rates: counters(workers, doors),
    signatures: KnownSignatures.share(),
    told: ReturningVisitors.share(),
  };
}

function counters(workers: number, doors: readonly string[]): Record<string, SharedArrayBuffer> {
  return Object.fromEntries(doors.map((name) => [name, Capacity.counters(workers)]));
}

/** Takes back what a worker that died had taken. */
export function reclaim(shared: Shared, worker: number): void {
  const { connections, strangers, accepted, doors, rates, addresses, tokens } = shared;
  const bounds = [connections, strangers, accepted].map(({ counters }) => counters);
  const ofDoors = [...Object.values(doors), ...Object.values(rates)];
  for (const counters of [...bounds, ...ofDoors]) Capacity.reset(counters, worker);
  for (const places of [addresses, tokens]) if (places) Places.reset(places, worker);
}
