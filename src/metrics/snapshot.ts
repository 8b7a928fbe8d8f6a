/**
 * The numbers of one isolate as data, and how those of several become one text.
 *
 * @module
 */

import prometheus from "prom-client";
import { processRegistry } from "./process.ts";

/** How the isolates of a process become one number. */
export type Aggregator = "sum" | "min" | "max" | "first";

/** One sample. Those of a histogram have a name of their own: `..._bucket`, `_sum` or `_count`. */
export interface MetricValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

/** One metric with its samples. */
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly aggregator: Aggregator;
  readonly values: readonly MetricValue[];
}

/** The numbers of one isolate; plain data that can be posted to another. */
export type MetricsSnapshot = readonly MetricSnapshot[];

/** The `Content-Type` of {@linkcode renderMetrics}: Prometheus' text format. */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The numbers of a registry as they are now. Later counts do not change them. */
export async function takeSnapshot(registry: prometheus.Registry): Promise<MetricsSnapshot> {
  // The declared type is wrong: it says that types are numbers.
  const metrics = await registry.getMetricsAsJSON() as unknown as MetricsSnapshot;
  return metrics.map((metric) => ({ ...metric, values: metric.values.map((v) => ({ ...v })) }));
}

/** The numbers of several isolates as those of one. */
export function aggregate(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const metrics = registryOf(snapshots).getMetricsAsArray() as unknown as MetricsSnapshot;
  return metrics.map(({ name, help, type, aggregator, values }) => {
    return { name, help, type, aggregator, values };
  });
}

/**
 * The numbers of these isolates of a process, and those of the process itself, in Prometheus' text
 * format.
 */
export async function renderMetrics(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return await registryOf([...snapshots, await takeSnapshot(processRegistry)]).metrics();
}

function registryOf(snapshots: readonly MetricsSnapshot[]): prometheus.Registry {
  // The declared parameter is wrong: it takes what getMetricsAsJSON gives.
  return prometheus.AggregatorRegistry.aggregate(snapshots as unknown as object[]);
}
