/**
 * What the isolates of a process share in memory: exact bounds, and work that one of them has done.
 *
 * @module
 */

import { KnownSignatures } from "../auth/known_signatures.ts";
import { Capacity, type SharedCapacity } from "../gateway/capacity.ts";

/** Plain data that can be posted to a worker. */
export interface Shared {
  /** WebSocket connections of all doors. */
  readonly connections: SharedCapacity;
  /** TCP connections, where the front counts them. */
  readonly accepted: SharedCapacity;
  /** The connections of each door, by its name; how many there may be, the door says. */
  readonly doors: Readonly<Record<string, SharedArrayBuffer>>;
  /** Where it is noted which signatures were checked. */
  readonly signatures: SharedArrayBuffer;
}

/** How much memory to share, and for whom. */
export interface ShareOptions {
  readonly workers: number;
  readonly maxConnections: number;
  readonly maxAccepted: number;
  /** The names of the open doors. */
  readonly doors: readonly string[];
}

/** New memory for the isolates of one process. */
export function share({ workers, maxConnections, maxAccepted, doors }: ShareOptions): Shared {
  return {
    connections: Capacity.share(workers, maxConnections),
    accepted: Capacity.share(workers, maxAccepted),
    doors: Object.fromEntries(doors.map((name) => [name, Capacity.counters(workers)])),
    signatures: KnownSignatures.share(),
  };
}

/** Takes back what a worker that died had taken. */
export function reclaim({ connections, accepted, doors }: Shared, worker: number): void {
  for (const counters of [connections.counters, accepted.counters, ...Object.values(doors)]) {
    Capacity.reset(counters, worker);
  }
}
