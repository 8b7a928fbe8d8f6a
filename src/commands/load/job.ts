/**
 * What the command and the processes that hold its visitors say to each other, a line of JSON each.
 *
 * @module
 */

import type { SigningKey, TokenSpec } from "../../auth/mint.ts";

/** The first line that a process reads. At the second, or the end, it lets go and says its result. */
export interface Job {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly path: string;
  /** A certificate to trust, PEM. */
  readonly ca?: string | undefined;
  /** The address to connect from; absent: the system chooses. */
  readonly localAddress?: string | undefined;
  readonly conference: string;
  readonly visitors: number;
  /** Visitors begun a second. */
  readonly rate: number;
  /** One token for all, or what makes one for each. */
  readonly token: string | { readonly spec: TokenSpec; readonly key: SigningKey };
}

/** How far a process is. */
export interface Progress {
  readonly type: "progress";
  /** All who ever waited, so {@linkcode told} and {@linkcode lost} too. */
  readonly waited: number;
  readonly told: number;
  /** Waited, and lost their connection before they were told. */
  readonly lost: number;
  /** Never got to wait. */
  readonly failed: number;
}

/** The last line. Times are milliseconds since the epoch. */
export interface Result {
  readonly type: "result";
  /** How long each took from its first octet until it waited. */
  readonly connectMs: readonly number[];
  readonly waitedAt: readonly number[];
  readonly toldAt: readonly number[];
  /** Live messages beyond the first of a visitor. */
  readonly repeated: number;
  /** How many failed, by why. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Milliseconds since the epoch, finer than a millisecond; all processes of a machine agree. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
