/**
 * What the service counts, as verbs of the domain. What a door counts beyond them it declares by
 * itself, see {@linkcode Meter}.
 *
 * @module
 */

import { CLOSE_REASONS, type CloseReason } from "./close_reason.ts";
import { Meter } from "./meter.ts";
import type { MetricsSnapshot } from "./snapshot.ts";

/** Told of what happens. Each call is cheap and never fails. */
export interface Metrics {
  connectionOpened(): void;
  /** Told once a connection, with what ended it first. */
  connectionClosed(reason: CloseReason): void;
  /** A connection ended here, and its socket is told to close now... */
  socketCut(): void;
  /** ...and is closed. */
  cutSocketClosed(): void;
  /** A STOMP session of this version began. */
  connected(version: string): void;
  /** A token was refused, or does not allow what was asked for. */
  authRefused(code: string): void;
  /** A peer broke the rules of its protocol, whatever then becomes of its connection. */
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

/** Told visitors that are kept before they are counted. */
const MAX_WAITS = 10_000;

/** Seconds. A visitor may wait from a second to hours. */
const WAIT_BUCKETS = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200];
const GO_LIVE_BUCKETS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60];

/** Counts for Prometheus. */
export class PrometheusMetrics implements Metrics {
  /** Where the doors declare what they count. */
  readonly meter = new Meter();
  /** Told visitors that are not yet counted. */
  #waits: number[] = [];

  readonly #connections = this.meter.gauge({
    name: "connections",
    help: "Open WebSocket connections.",
  });
  readonly #closed = this.meter.counter({
    name: "connections_closed_total",
    help: `Closed connections, by reason: ${Object.keys(CLOSE_REASONS).join(", ")}.`,
    labels: ["reason"],
  });
  readonly #unclosed = this.meter.gauge({
    name: "connections_unclosed",
    help: "Sockets that were cut and still take a place, because the runtime holds them.",
  });
  readonly #sessions = this.meter.counter({
    name: "stomp_sessions_total",
    help: "STOMP sessions begun, by version.",
    labels: ["version"],
  });
  readonly #authRefused = this.meter.counter({
    name: "auth_refused_total",
    help: "Tokens refused, by the code of the reason.",
    labels: ["code"],
  });
  readonly #protocolErrors = this.meter.counter({
    name: "protocol_errors_total",
    help: "Peers that broke the rules of their protocol, by the code of the error.",
    labels: ["code"],
  });
  readonly #waiting = this.meter.gauge({
    name: "visitors_waiting",
    help: "Visitors who wait.",
  });
  readonly #told = this.meter.counter({
    name: "visitors_told_total",
    help: "Visitors told that their conference is live.",
  });
  readonly #waited = this.meter.histogram({
    name: "visitor_wait_seconds",
    help: "From a visitor's arrival until it is told, in seconds.",
    buckets: WAIT_BUCKETS,
  });
  readonly #moderators = this.meter.gauge({
    name: "moderators",
    help: "Moderators who watch the count.",
  });
  readonly #goLive = this.meter.histogram({
    name: "golive_seconds",
    help: "From a go-live's request until it is stored, in seconds.",
    buckets: GO_LIVE_BUCKETS,
  });
  readonly #wentLive = this.meter.counter({
    name: "golive_total",
    help: "Go-lives stored.",
  });
  readonly #goLiveFailed = this.meter.counter({
    name: "golive_failed_total",
    help: "Go-lives not stored.",
  });
  readonly #endedLive = this.meter.counter({
    name: "endlive_total",
    help: "Live states taken back.",
  });
  readonly #slowPeers = this.meter.counter({
    name: "slow_peers_cut_total",
    help: "Peers cut because they did not read.",
  });
  readonly #refused = this.meter.counter({
    name: "upgrades_refused_total",
    help: "WebSocket upgrades refused, by reason.",
    labels: ["reason"],
  });
  readonly #backing = this.meter.gauge({
    name: "backing_service_up",
    help: "1 while a backing service answers every isolate, else 0.",
    labels: ["service"],
    aggregator: "min",
  });
  readonly #build = this.meter.gauge({
    name: "build_info",
    help: "Always 1; the versions of the service and of Deno are its labels.",
    labels: ["version", "deno"],
    aggregator: "max",
  });
  readonly #doors = this.meter.gauge({
    name: "doors",
    help: "1 for each door that is open.",
    labels: ["door"],
    aggregator: "max",
  });

  connectionOpened(): void {
    this.#connections.inc();
  }

  connectionClosed(reason: CloseReason): void {
    this.#connections.dec();
    this.#closed.inc({ reason });
  }

  socketCut(): void {
    this.#unclosed.inc();
  }

  cutSocketClosed(): void {
    this.#unclosed.dec();
  }

  connected(version: string): void {
    this.#sessions.inc({ version });
  }

  authRefused(code: string): void {
    this.#authRefused.inc({ code });
  }

  protocolError(code: string): void {
    this.#protocolErrors.inc({ code });
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
    this.#refused.inc({ reason });
  }

  backingServiceUp(service: string, up: boolean): void {
    this.#backing.set(up ? 1 : 0, { service });
  }

  /** Says which version of the service runs, and on which version of Deno. */
  built(version: string, deno = Deno.version.deno): void {
    this.#build.set(1, { version, deno });
  }

  /** Says that a door is open. */
  doorOpened(door: string): void {
    this.#doors.set(1, { door });
  }

  /** The numbers of this isolate as they are now, those of the doors included. */
  snapshot(): Promise<MetricsSnapshot> {
    this.#takeWaits();
    return this.meter.snapshot();
  }

  #takeWaits(): void {
    const waits = this.#waits;
    this.#waits = [];
    this.#told.add(waits.length);
    for (const waitedSec of waits) this.#waited.observe(waitedSec);
  }
}
