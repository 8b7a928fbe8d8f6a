/**
 * How a module counts: it declares a metric and gets a handle to it. Nothing here knows what is
 * counted.
 *
 * @module
 */

import prometheus from "prom-client";
import { LabelBounds } from "./label_bounds.ts";
import { type Aggregator, type MetricsSnapshot, takeSnapshot } from "./snapshot.ts";

const PREFIX = "waiting_queue_";

/** What every declaration says. */
export interface MetricOptions<Label extends string> {
  /**
   * Without the prefix `waiting_queue_`, in lower case with underscores; the unit last (`_seconds`,
   * `_bytes`); a counter ends in `_total`.
   */
  readonly name: string;
  /** A sentence with the unit. */
  readonly help: string;
  /** Each takes a bounded number of values; further ones are counted as `other`. */
  readonly labels?: readonly Label[];
}

/** A gauge, and how it is summed up over isolates. */
export interface GaugeOptions<Label extends string> extends MetricOptions<Label> {
  /**
   * How the isolates of a process become one number: `sum` (the default) of what each of them has;
   * `min`, `max` or `first` of what is the same for the whole process.
   */
  readonly aggregator?: Aggregator;
}

/** A histogram and its buckets. */
export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** The upper ends of its buckets, rising, in the unit of its name. */
  readonly buckets: readonly number[];
}

/** The labels of one sample; nothing where none were declared. */
type Labels<Label extends string> = [Label] extends [never] ? []
  : [labels: Readonly<Record<Label, string>>];

/** Only rises, also when an isolate ends. */
export interface Counter<Label extends string = never> {
  inc(...labels: Labels<Label>): void;
  /** @param count 0 or more. */
  add(count: number, ...labels: Labels<Label>): void;
}

/** Rises and falls, and is forgotten with its isolate. */
export interface Gauge<Label extends string = never> {
  set(value: number, ...labels: Labels<Label>): void;
  inc(...labels: Labels<Label>): void;
  dec(...labels: Labels<Label>): void;
}

/** Counts values by size. */
export interface Histogram<Label extends string = never> {
  observe(value: number, ...labels: Labels<Label>): void;
}

/**
 * The metrics of one isolate, each declared once.
 *
 * @example
 * ```ts
 * const refused = meter.counter({
 *   name: "echo_refused_total",
 *   help: "Messages that the echo door refused, by reason.",
 *   labels: ["reason"],
 * });
 * refused.inc({ reason: "too_big" });
 * ```
 */
export class Meter {
  readonly #registry = new prometheus.Registry();

  /** @throws {TypeError} its name is not one of a counter. @throws {Error} the name is taken. */
  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label> {
    if (!options.name.endsWith("_total")) {
      throw new TypeError(`Cannot count as ${options.name}: a counter ends in _total`);
    }
    const counter = new prometheus.Counter(this.#configure(options));
    const bound = binder(options.labels);
    return {
      inc: (...labels) => counter.inc(bound(labels), 1),
      add: (count, ...labels) => counter.inc(bound(labels), count),
    };
  }

  /** @throws {Error} the name is taken. */
  gauge<Label extends string = never>(options: GaugeOptions<Label>): Gauge<Label> {
    const { aggregator = "sum" } = options;
    const gauge = new prometheus.Gauge({ ...this.#configure(options), aggregator });
    const bound = binder(options.labels);
    return {
      set: (value, ...labels) => gauge.set(bound(labels), value),
      inc: (...labels) => gauge.inc(bound(labels), 1),
      dec: (...labels) => gauge.dec(bound(labels), 1),
    };
  }

  /** @throws {Error} the name is taken. */
  histogram<Label extends string = never>(options: HistogramOptions<Label>): Histogram<Label> {
    const buckets = [...options.buckets];
    const histogram = new prometheus.Histogram({ ...this.#configure(options), buckets });
    const bound = binder(options.labels);
    return { observe: (value, ...labels) => histogram.observe(bound(labels), value) };
  }

  /** The numbers of this isolate as they are now. */
  snapshot(): Promise<MetricsSnapshot> {
    return takeSnapshot(this.#registry);
  }

  #configure<Label extends string>({ name, help, labels = [] }: MetricOptions<Label>) {
    return { name: PREFIX + name, help, labelNames: [...labels], registers: [this.#registry] };
  }
}

const NONE = {};

/** Bounds what is given as rest parameter: nothing, or one set of labels. */
function binder<Label extends string>(
  names: readonly Label[] | undefined,
): (labels: Labels<Label>) => Partial<Record<Label, string>> {
  if (!names?.length) return () => NONE;
  const bounds = new LabelBounds(names);
  return ([labels]) => bounds.bound(labels!);
}
