/**
 * What a participant says of its media, and what follows from it. A client counts three things and
 * names the event that changed them and the state that it believes to be in; the counters tell the
 * state too, so each report can be held against itself and against the one before.
 *
 * @module
 */

/** A report as its client sent it; words that nobody knows here are kept as they are. */
export interface MediaReport {
  readonly event: string;
  readonly state: string;
  readonly connections: number;
  readonly sendStreams: number;
  readonly recvStreams: number;
}

/** In the order in which a call goes through them. */
export const COMPUTED_STATES = [
  "init",
  "waiting",
  "starting",
  "sending",
  "receiving",
  "sendrecv",
  "cleanup",
] as const;

export type ComputedState = typeof COMPUTED_STATES[number];

/** The last report of a participation. */
export interface MediaState extends MediaReport {
  /** What the counters say. */
  readonly computedState: ComputedState;
  /** Whether `state` is that, or may stand for it. */
  readonly stateAgrees: boolean;
  /** Whether the counters are those before, changed by `event`; false: a report was lost or swapped. */
  readonly countersFollow: boolean;
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
  /** How many came in this participation, this one included. */
  readonly reports: number;
  /** Whether any of them had a stream. */
  readonly streamed: boolean;
}

type Counters = Pick<MediaReport, "connections" | "sendStreams" | "recvStreams">;

const NOTHING: Counters = { connections: 0, sendStreams: 0, recvStreams: 0 };

/** What an event changes, by its name in lower case. Other events change nothing. */
const CHANGES: ReadonlyMap<string, readonly [counter: keyof Counters, by: 1 | -1]> = new Map([
  ["session.connectioncreated", ["connections", 1]],
  ["session.connectiondestroyed", ["connections", -1]],
  ["session.streamcreated", ["recvStreams", 1]],
  ["session.av.streamcreated", ["recvStreams", 1]],
  ["session.screen.streamcreated", ["recvStreams", 1]],
  ["session.streamdestroyed", ["recvStreams", -1]],
  ["publisher.streamcreated", ["sendStreams", 1]],
  ["publisher.streamdestroyed", ["sendStreams", -1]],
]);

/** The state after `report`; `before` is the one of the same participation. */
export function afterReport(
  before: MediaState | undefined,
  report: MediaReport,
  at: number,
): MediaState {
  const streamed = before?.streamed === true || report.sendStreams + report.recvStreams > 0;
  const computedState = computeState(report, streamed);
  return {
    ...report,
    computedState,
    stateAgrees: report.state === computedState || mayStandFor(report, computedState),
    countersFollow: follows(before ?? NOTHING, report),
    at,
    reports: (before?.reports ?? 0) + 1,
    streamed,
  };
}

function computeState(counters: Counters, streamed: boolean): ComputedState {
  const { connections, sendStreams, recvStreams } = counters;
  if (sendStreams > 0) return recvStreams > 0 ? "sendrecv" : "sending";
  if (recvStreams > 0) return "receiving";
  if (connections >= 2) return streamed ? "cleanup" : "starting";
  return connections === 1 ? "waiting" : "init";
}

/** States that shipped clients report on the way to, or from, the one that their counters tell. */
function mayStandFor({ event, state }: MediaReport, computed: ComputedState): boolean {
  switch (computed) {
    case "starting":
      // Its own connection was counted after the peer's.
      return state === "waiting" && event.toLowerCase() === "session.connectioncreated";
    case "cleanup":
      return state === "starting";
    case "waiting":
      return state === "init" || state === "starting" || state === "cleanup";
    case "init":
      return state === "waiting" || state === "cleanup";
    default:
      return false;
  }
}

function follows(before: Counters, report: MediaReport): boolean {
  const change = CHANGES.get(report.event.toLowerCase());
  return (["connections", "sendStreams", "recvStreams"] as const).every((counter) => {
    const by = change?.[0] === counter ? change[1] : 0;
    return report[counter] === before[counter] + by;
  });
}
