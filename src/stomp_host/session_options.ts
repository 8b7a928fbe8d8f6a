import type { SessionOptions } from "../stomp/mod.ts";

/**
 * What we ask of clients: a waiting tab is a hidden tab, and a hidden tab's timers run once a minute.
 * Dead peers are found by WebSocket pings, which browsers answer without timers.
 */
const DESIRED_BEAT_MS = 60_000;

/** @param version of the service; `heartBeatMs` is the most often that we beat. */
export function sessionOptions(version: string, heartBeatMs: number): SessionOptions {
  return { server: `waiting-queue/${version}`, heartBeatMs, desiredBeatMs: DESIRED_BEAT_MS };
}
