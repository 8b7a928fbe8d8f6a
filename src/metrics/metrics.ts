/**
 * What the service counts, as verbs of the domain, and the one place that knows Prometheus.
 *
 * @module
 */

import prometheus from "prom-client";
import { processRegistry } from "./process.ts";

/** Why a connection ended. `client`: the peer closed it, and nobody here had a reason to. */
export type CloseReason =
  | "client"
  | "drain"
  | "auth"
  | "forbidden"
  | "protocol"
  | "too_big"
  | "flood"
  | "connect_timeout"
  | "silent"
  | "slow"
  | "unanswered"
  | "memory"
  | "expired"
  | "full"
  | "overload"
  | "fault";

/** Told of what happens. Each call is cheap and never fails. */
export interface Metrics {
  connectionOpened(): void;
  connectionClosed(reason: CloseReason): void;
  /** A STOMP session of this version began. */
  connected(version: string): void;
  authRefused(code: string): void;
  protocolError(code: string): void;
  visitorArrived(): void;
  /** A visitor stopped waiting, told or not. */
  visitorLeft(): void;
  visitorTold(waitedSec: number): void;
  moderatorArrived(): void;
  moderatorLeft(): void;
  /** A go-live was stored, this many seconds after it was asked for. */
  wentLive(seconds: number): void;
  endedLive(): void;
  goLiveFailed(): void;
  slowPeerCut(): void;
  upgradeRefused(reason: string): void;
  backingServiceUp(name: string, up: boolean): void;
}

/** The numbers of one isolate; plain data that can be posted to another. */
export type MetricsSnapshot = readonly object[];

/** The `Content-Type` of {@linkcode renderMetrics}. */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const PREFIX = "waiting_queue_";

/** Different values that one label may take; further ones are counted as `other`. */
const MAX_LABEL_VALUES = 32;
const LABEL_VALUE = /^[\w.-]{1,40}$/;

/** Told visitors that are kept before they are counted. */
const MAX_WAITS = 10_000;

/** A visitor may wait from a second to hours. */
const WAIT_BUCKETS = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200];
const GO_LIVE_BUCKETS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60];

/** Counts for Prometheus, in a registry of its own. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new prometheus.Registry();
  /** Told visitors that are not yet counted. */
  #waits: number[] = [];
  readonly #labels = new Map<string, Set<string>>();

  readonly #connections = this.#gauge("connections", "Open WebSocket connections.");
  readonly #closed = this.#counter("connections_closed_total", "Closed connections.", "reason");
  readonly #sessions = this.#counter("stomp_sessions_total", "STOMP sessions begun.", "version");
  readonly #authRefused = this.#counter("auth_refused_total", "Tokens refused.", "code");
  readonly #protocolErrors = this.#counter("protocol_errors_total", "STOMP errors.", "code");
  readonly #waiting = this.#gauge("visitors_waiting", "Visitors who wait.");
  readonly #told = this.#counter("visitors_told_total", "Visitors told that it is live.");
  readonly #waited = this.#histogram("visitor_wait_seconds", "From waiting to told.", WAIT_BUCKETS);
  readonly #moderators = this.#gauge("moderators", "Moderators who watch the count.");
  readonly #goLive = this.#histogram("golive_seconds", "To store a go-live.", GO_LIVE_BUCKETS);
  readonly #wentLive = this.#counter("golive_total", "Go-lives stored.");
  readonly #goLiveFailed = this.#counter("golive_failed_total", "Go-lives not stored.");
  readonly #endedLive = this.#counter("endlive_total", "Live states taken back.");
  readonly #slowPeers = this.#counter("slow_peers_cut_total", "Peers that did not read.");
  readonly #refused = this.#counter("upgrades_refused_total", "Upgrades refused.", "reason");
  readonly #backing = new prometheus.Gauge({
    name: PREFIX + "backing_service_up",
    help: "1 while a backing service answers every isolate.",
    labelNames: ["service"],
    registers: [this.#registry],
    aggregator: "min",
  });

  connectionOpened(): void {
    this.#connections.inc();
  }

  connectionClosed(reason: string): void {
    this.#connections.dec();
    this.#closed.inc({ reason: this.#bounded("reason", reason) });
  }

  connected(version: string): void {
    this.#sessions.inc({ version: this.#bounded("version", version) });
  }

  authRefused(code: string): void {
    this.#authRefused.inc({ code: this.#bounded("auth", code) });
  }

  protocolError(code: string): void {
    this.#protocolErrors.inc({ code: this.#bounded("protocol", code) });
  }

  visitorArrived(): void {
    this.#waiting.inc();
  }

  visitorLeft(): void {
    this.#waiting.dec();
  }

  visitorTold(waitedSec: number): void {
    // A crowd is told in one go; its waits are sorted into buckets when that is over.
    this.#waits.push(waitedSec);
    if (this.#waits.length >= MAX_WAITS) this.#takeWaits();
  }

  moderatorArrived(): void {
    this.#moderators.inc();
  }

  moderatorLeft(): void {
    this.#moderators.dec();
  }

  wentLive(seconds: number): void {
    this.#wentLive.inc();
    this.#goLive.observe(seconds);
  }

  endedLive(): void {
    this.#endedLive.inc();
  }

  goLiveFailed(): void {
    this.#goLiveFailed.inc();
  }

  slowPeerCut(): void {
    this.#slowPeers.inc();
  }

  upgradeRefused(reason: string): void {
    this.#refused.inc({ reason: this.#bounded("refused", reason) });
  }

  backingServiceUp(name: string, up: boolean): void {
    this.#backing.set({ service: this.#bounded("service", name) }, up ? 1 : 0);
  }

  /** The numbers as they are now. */
  snapshot(): Promise<MetricsSnapshot> {
    this.#takeWaits();
    return this.#registry.getMetricsAsJSON();
  }

  #takeWaits(): void {
    const waits = this.#waits;
    this.#waits = [];
    this.#told.inc(waits.length);
    for (const waitedSec of waits) this.#waited.observe(waitedSec);
  }

  #gauge(name: string, help: string): prometheus.Gauge {
    return new prometheus.Gauge({ name: PREFIX + name, help, registers: [this.#registry] });
  }

  #counter(name: string, help: string, ...labelNames: string[]): prometheus.Counter {
    const registers = [this.#registry];
    return new prometheus.Counter({ name: PREFIX + name, help, labelNames, registers });
  }

  #histogram(name: string, help: string, buckets: number[]): prometheus.Histogram {
    const registers = [this.#registry];
    return new prometheus.Histogram({ name: PREFIX + name, help, buckets, registers });
  }

  /** A label's values each cost memory here and in Prometheus, so strangers must not make them. */
  #bounded(label: string, value: string): string {
    let known = this.#labels.get(label);
    if (!known) this.#labels.set(label, known = new Set());
    if (known.has(value)) return value;
    if (known.size >= MAX_LABEL_VALUES || !LABEL_VALUE.test(value)) return "other";
    known.add(value);
    return value;
  }
}

/**
 * The sums over the isolates of a process in Prometheus' text format, and the numbers of the
 * process itself.
 */
export async function renderMetrics(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  const all = [...snapshots, await processRegistry.getMetricsAsJSON()];
  // The declared parameter is wrong: it takes what getMetricsAsJSON gives.
  return await prometheus.AggregatorRegistry.aggregate(all as object[]).metrics();
}

/** Counts nothing. */
export const noMetrics: Metrics = {
  connectionOpened() {},
  connectionClosed() {},
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
