/** An axis: where values are, and which of them are written beside it. */
export interface Scale {
  /** The position of a value. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

/**
 * An axis from 0 to `most` or a little more.
 *
 * @param from position of 0. @param to position of the end.
 */
export function scaleTo(most: number, { from, to, ticks }: {
  readonly from: number;
  readonly to: number;
  /** About as many. */
  readonly ticks: number;
}): Scale {
  const step = niceStep((most > 0 ? most : 1) / ticks);
  const end = Math.max(1, Math.ceil(most / step - 1e-9)) * step;
  return {
    at: (value) => from + (to - from) * value / end,
    ticks: Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step),
  };
}

/** The next of 1, 2, 5, 10, 20, 50... or of 0.1, 0.2, 0.5... */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9))!;
}
