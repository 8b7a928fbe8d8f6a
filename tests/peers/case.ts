import type { Peer } from "./peer.ts";

/** One case of the list that any broker can answer. */
export interface Case {
  /** Its numbers in the list. */
  readonly id: string;
  /** What is done to the server. */
  readonly what: string;
  /** What it did, in a few words that are the same each time. */
  readonly run: (peer: Peer) => Promise<string>;
}

/** How a case is called where it stands alone. */
export function nameOf({ id, what }: Case): string {
  return `${id}: ${what}`;
}

/** Runs a case for each of `inputs`; one verdict where all agree. */
export async function forEach<T>(
  inputs: Readonly<Record<string, T>>,
  run: (input: T) => Promise<string>,
): Promise<string> {
  const entries = await Promise.all(
    Object.entries(inputs).map(async ([name, input]) => [name, await run(input)] as const),
  );
  const verdicts = new Set(entries.map(([, verdict]) => verdict));
  if (verdicts.size === 1) return [...verdicts][0]!;
  return entries.map(([name, verdict]) => `${name}: ${verdict}`).join("; ");
}
