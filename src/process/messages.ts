/**
 * What the process and its workers say to each other. Order: `start`, `opened`, `listen`,
 * `listening`; then `metrics` and `snapshot` as often as somebody scrapes; at the end `drain`,
 * `drained`.
 *
 * @module
 */

import type { Settings } from "../config/config.ts";
import type { Shared } from "./shared.ts";
import type { MetricsSnapshot } from "../metrics/snapshot.ts";

/** From the process to a worker. */
export type ToWorker =
  | {
    readonly type: "start";
    readonly settings: Settings;
    readonly process: string;
    readonly id: string;
    /** Which worker this is, from 0. */
    readonly index: number;
    readonly shared: Shared;
    readonly maxMemory: number;
    /** To the store of the process; absent where each isolate opens its own. */
    readonly store: MessagePort | undefined;
  }
  | { readonly type: "listen"; readonly port: number }
  | { readonly type: "snapshot"; readonly call: number }
  | { readonly type: "metrics"; readonly call: number; readonly text: string }
  | { readonly type: "drain"; readonly ms: number };

/** From a worker to the process. */
export type FromWorker =
  | { readonly type: "opened" }
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "snapshot"; readonly call: number; readonly snapshot: MetricsSnapshot }
  | { readonly type: "metrics"; readonly call: number }
  | { readonly type: "drained" }
  | { readonly type: "failed"; readonly reason: string };
