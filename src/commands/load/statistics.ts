/** What a crowd of numbers looks like. */
export interface Summary {
  readonly least: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
}

/** @param numbers ascending; not empty. */
export function summarize(numbers: readonly number[]): Summary {
  return {
    least: percentile(numbers, 0),
    median: percentile(numbers, 50),
    p95: percentile(numbers, 95),
    p99: percentile(numbers, 99),
    most: percentile(numbers, 100),
  };
}

/** The least of `numbers` (ascending, not empty) that `percent` of them do not exceed. */
export function percentile(numbers: readonly number[], percent: number): number {
  const rank = Math.ceil(numbers.length * percent / 100);
  return numbers[Math.max(0, rank - 1)]!;
}

/** `12.3 s`, `940 ms`, `0.8 ms`: three digits are enough. */
export function formatMs(ms: number): string {
  if (ms >= 60_000) return `${(ms / 60_000).toFixed(1)} min`;
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

/** `12,345`, whatever the language of the machine. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}
