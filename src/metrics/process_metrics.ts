import { aggregate, type MetricsSnapshot, renderMetrics } from "./snapshot.ts";

/**
 * The numbers of a process whose isolates come and go. What only ever rises (counters, histograms)
 * never falls, because Prometheus takes a fall for a restart and sees a jump that never was:
 *
 * - an isolate that does not answer counts with the last numbers it sent;
 * - of one that has ended, what it counted is kept, and its gauges are forgotten.
 *
 * What an isolate counted after the last numbers it sent is lost when it ends.
 */
export class ProcessMetrics {
  readonly #places: Place[] = [];

  /** The isolate of this place (from 0) begins; one that was there before has ended. */
  begin(place: number): IsolateMetrics {
    while (this.#places.length <= place) this.#places.push(new Place());
    return this.#places[place]!.begin();
  }

  /** Everything that is known now, in Prometheus' text format. */
  render(): Promise<string> {
    // Always in the same order: another one may round a sum of fractions down.
    return renderMetrics(this.#places.map((place) => place.sum()));
  }
}

/** The isolates that follow each other in one place. */
class Place {
  /** What those counted that have ended, without their gauges. */
  #retired: MetricsSnapshot = [];
  #living: IsolateMetrics | undefined;

  begin(): IsolateMetrics {
    this.#living?.[Symbol.dispose]();
    this.#living = new IsolateMetrics((last) => {
      const rising = last.filter(({ type }) => type !== "gauge");
      this.#retired = aggregate([this.#retired, rising]);
      this.#living = undefined;
    });
    return this.#living;
  }

  sum(): MetricsSnapshot {
    return aggregate([this.#retired, this.#living?.last ?? []]);
  }
}

/** The last numbers of one isolate. */
export class IsolateMetrics implements Disposable {
  #last: MetricsSnapshot = [];
  #order = 0;
  #retire: ((last: MetricsSnapshot) => void) | undefined;

  /** @param retire takes the last numbers when the isolate has ended. */
  constructor(retire: (last: MetricsSnapshot) => void) {
    this.#retire = retire;
  }

  /** Empty until it has sent some. */
  get last(): MetricsSnapshot {
    return this.#last;
  }

  /**
   * Takes in what the isolate sent. Ignored when it has ended, or has sent later numbers already.
   *
   * @param order rises from one question to the next.
   */
  update(order: number, snapshot: MetricsSnapshot): void {
    if (!this.#retire || order < this.#order) return;
    this.#order = order;
    this.#last = snapshot;
  }

  /** The isolate has ended. */
  [Symbol.dispose](): void {
    const retire = this.#retire;
    this.#retire = undefined;
    retire?.(this.#last);
  }
}
