import type { Meter } from "../../metrics/meter.ts";

/** What the door counts. */
export interface EventsMetrics {
  readonly connected: () => void;
  readonly disconnected: () => void;
  readonly delivered: (count: number) => void;
  readonly published: () => void;
  readonly closed: (code: number) => void;
  readonly refused: (code: string) => void;
}

export function declareMetrics(meter: Meter): EventsMetrics {
  const connections = meter.gauge({
    name: "events_connections",
    help: "Open connections of the events socket.",
  });
  const delivered = meter.counter({
    name: "events_delivered_total",
    help: "Events sent to a connection, each once for each of them.",
  });
  const published = meter.counter({
    name: "events_published_total",
    help: "Events published by POST /events.",
  });
  const closed = meter.counter({
    name: "events_closed_total",
    help: "Events connections that the service closed, by the code of the Close.",
    labels: ["code"],
  });
  const refused = meter.counter({
    name: "events_tokens_refused_total",
    help: "Tokens that the events socket refused, by the code of the reason.",
    labels: ["code"],
  });
  return {
    connected: () => connections.inc(),
    disconnected: () => connections.dec(),
    delivered: (count) => delivered.add(count),
    published: () => published.inc(),
    closed: (code) => closed.inc({ code: String(code) }),
    refused: (code) => refused.inc({ code }),
  };
}
