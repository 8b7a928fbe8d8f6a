import type { Counter } from "../../src/metrics/meter.ts";
import type { Metrics } from "../../src/metrics/metrics.ts";

/** Counts nothing. */
export const noMetrics: Metrics = {
  connectionOpened() {},
  connectionClosed() {},
  socketCut() {},
  cutSocketClosed() {},
  connected() {},
  authRefused() {},
  protocolError() {},
  visitorArrived() {},
  visitorLeft() {},
  visitorTold() {},
  moderatorArrived() {},
  moderatorLeft() {},
  wentLive() {},
  endedLive() {},
  goLiveFailed() {},
  slowPeerCut() {},
  upgradeRefused() {},
  backingServiceUp() {},
};

/** Counts nothing. */
export const noCounter: Counter = { inc() {}, add() {} };
