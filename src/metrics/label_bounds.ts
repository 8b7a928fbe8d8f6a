/** Different values that one label may take, and different combinations of several labels. */
const MAX_LABEL_VALUES = 32;
const MAX_COMBINATIONS = 256;
const LABEL_VALUE = /^[\w.+-]{1,40}$/;
const OTHER = "other";

/**
 * Bounds the labels of one metric. Each combination of values costs memory here and in Prometheus,
 * so strangers must not make them: what is too much, too long or odd becomes `other`.
 */
export class LabelBounds<Label extends string> {
  readonly #values: ReadonlyMap<Label, Set<string>>;
  readonly #combinations = new Set<string>();

  constructor(names: readonly Label[]) {
    this.#values = new Map(names.map((name) => [name, new Set()]));
  }

  /** The labels as they are counted. */
  bound(labels: Readonly<Record<Label, string>>): Record<Label, string> {
    const bounded = {} as Record<Label, string>;
    for (const [name, known] of this.#values) bounded[name] = boundValue(known, labels[name]);
    if (this.#values.size > 1 && !this.#admits(Object.values<string>(bounded).join(" "))) {
      for (const name of this.#values.keys()) bounded[name] = OTHER;
    }
    return bounded;
  }

  #admits(combination: string): boolean {
    if (this.#combinations.has(combination)) return true;
    if (this.#combinations.size >= MAX_COMBINATIONS) return false;
    this.#combinations.add(combination);
    return true;
  }
}

function boundValue(known: Set<string>, value: string): string {
  if (known.has(value)) return value;
  if (known.size >= MAX_LABEL_VALUES || !LABEL_VALUE.test(value)) return OTHER;
  known.add(value);
  return value;
}
