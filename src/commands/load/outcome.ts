/**
 * What became of a load, for people and for machines.
 *
 * @module
 */

import { printable } from "../printable.ts";
import type { Result } from "./job.ts";
import { formatCount, formatMs, summarize, type Summary } from "./statistics.ts";

/** The answer to the go-live. Times are milliseconds since the epoch. */
export interface WentLive {
  readonly at: number;
  readonly answeredAt: number;
  /** As the service says. */
  readonly visitorsWaiting: number;
}

/** What a run found. */
export interface Outcome {
  readonly wanted: number;
  readonly result: Result;
  /** Absent: nobody was to go live. */
  readonly live: WentLive | undefined;
}

/** Whether everybody waited and, where somebody went live, was told once. */
export function succeeded({ wanted, result, live }: Outcome): boolean {
  const { waitedAt, toldAt, repeated, failures } = result;
  const told = live === undefined || (toldAt.length === wanted && repeated === 0);
  return waitedAt.length === wanted && told && Object.keys(failures).length === 0;
}

/** When each was told, counted from the go-live; ascending. */
export function delays({ result, live }: Outcome): number[] {
  return live ? result.toldAt.map((at) => at - live.at) : [];
}

/** The outcome as lines for people. */
export function render(outcome: Outcome): string {
  const { wanted, result, live } = outcome;
  const lines = [
    row("visitors", `${formatCount(result.waitedAt.length)} of ${formatCount(wanted)} waited`),
    ...connecting(result),
    ...live ? [row("go-live", goLiveText(live)), ...told(outcome)] : [],
    ...Object.entries(result.failures).sort(([, a], [, b]) => b - a)
      .map(([reason, count]) => row("failed", `${formatCount(count)}: ${printable(reason)}`)),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** The same as plain data. */
export function summaryOf(outcome: Outcome): Record<string, unknown> {
  const { wanted, result, live } = outcome;
  const { connectMs, waitedAt, toldAt, repeated, failures } = result;
  return {
    ok: succeeded(outcome),
    wanted,
    waited: waitedAt.length,
    connectMs: connectMs.length > 0 ? summarize(connectMs) : null,
    ...(live && {
      goLiveMs: live.answeredAt - live.at,
      visitorsWaiting: live.visitorsWaiting,
      told: toldAt.length,
      repeated,
      toldMs: toldAt.length > 0 ? summarize(delays(outcome)) : null,
    }),
    failures,
  };
}

function connecting({ connectMs, waitedAt }: Result): string[] {
  if (connectMs.length === 0) return [];
  const [first, last] = [waitedAt[0]!, waitedAt.at(-1)!];
  const all = last > first
    ? `${formatCount((waitedAt.length - 1) / (last - first) * 1_000)} a second; `
    : "";
  return [row("connecting", `${all}each ${spread(summarize(connectMs))}`)];
}

function goLiveText({ at, answeredAt, visitorsWaiting }: WentLive): string {
  return `answered in ${formatMs(answeredAt - at)}; ${formatCount(visitorsWaiting)} waited`;
}

function told(outcome: Outcome): string[] {
  const { result: { toldAt, repeated, waitedAt } } = outcome;
  const twice = repeated > 0 ? `, ${formatCount(repeated)} of them told again` : "";
  const count = `${formatCount(toldAt.length)} of ${formatCount(waitedAt.length)}${twice}`;
  if (toldAt.length === 0) return [row("told", count)];
  const summary = summarize(delays(outcome));
  const span = summary.most - summary.least;
  const speed = span > 0 ? `, ${formatCount((toldAt.length - 1) / span * 1_000)} a second` : "";
  return [
    row("told", `${count}${speed}`),
    row("after", `${formatMs(summary.least)} (first), ${spread(summary)}`),
  ];
}

function spread({ median, p95, p99, most }: Summary): string {
  return `${formatMs(median)} (median), ${formatMs(p95)} (95 %), ` +
    `${formatMs(p99)} (99 %), ${formatMs(most)} (last)`;
}

function row(name: string, text: string): string {
  return `${name.padEnd(11)} ${text}`;
}
