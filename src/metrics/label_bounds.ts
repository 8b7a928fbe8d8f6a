/** Different values that one label may take, and different combinations of several labels. */
const MAX_LABEL_VALUES = 32;
const MAX_COMBINATIONS = 256;
/** No blank, which stands between the values of a combination. */
const LABEL_VALUE = /^[\w.+-]{1,40}$/;
const OTHER = "other";

/**
 * Bounds the labels of one metric. Each combination of values costs memory here and in Prometheus,
 * so strangers must not make them: what is too much, too long or odd becomes `other`.
 */
export class LabelBounds<Label extends string> {
  readonly #names: readonly Label[];
  readonly #values: readonly Set<string>[];
  /** Found again by their values, so that counting makes no objects. */
  readonly #combinations = new Map<string, Readonly<Record<Label, string>>>();

  constructor(names: readonly Label[]) {
    this.#names = names;
    this.#values = names.map(() => new Set());
  }

  /** The labels as they are counted. */
  bound(labels: Readonly<Record<Label, string>>): Readonly<Record<Label, string>> {
    const written = this.#keyOf(labels);
    const known = this.#combinations.get(written);
    if (known) return known;
    const bounded = this.#labels((name, i) => boundValue(this.#values[i]!, labels[name]));
    const key = this.#keyOf(bounded);
    if (!this.#combinations.has(key)) {
      if (this.#combinations.size >= MAX_COMBINATIONS) return this.#labels(() => OTHER);
      this.#combinations.set(key, bounded);
    }
    return bounded;
  }

  #keyOf(labels: Readonly<Record<Label, string>>): string {
    if (this.#names.length === 1) return labels[this.#names[0]!];
    return this.#names.map((name) => labels[name]).join(" ");
  }

  #labels(valueOf: (name: Label, i: number) => string): Record<Label, string> {
    return Object.fromEntries(
      this.#names.map((name, i) => [name, valueOf(name, i)]),
    ) as Record<Label, string>;
  }
}

function boundValue(known: Set<string>, value: string): string {
  if (known.has(value)) return value;
  if (known.size >= MAX_LABEL_VALUES || !LABEL_VALUE.test(value)) return OTHER;
  known.add(value);
  return value;
}
