import { systemClock } from "../../src/time/clock.ts";
import { within } from "../../src/time/within.ts";
import type { Case } from "./case.ts";
import { connectCases } from "./cases_connect.ts";
import { frameCases } from "./cases_frames.ts";
import { subscribeCases } from "./cases_subscribe.ts";
import { websocketCases } from "./cases_websocket.ts";
import type { Peer } from "./peer.ts";

/** In the order of the table. */
export const CASES: readonly Case[] = [
  ...websocketCases,
  ...frameCases,
  ...connectCases,
  ...subscribeCases,
];

/** Cases under way at a time: many wait for a server to stay silent. */
const AT_ONCE = 12;

/** Longer than any silence that is waited for. */
const CASE_MS = 20_000;

/** The verdict of `peer` in each case, in their order. */
export async function verdictsOf(peer: Peer): Promise<string[]> {
  const verdicts: string[] = [];
  let next = 0;
  const run = async () => {
    for (let i = next++; i < CASES.length; i = next++) {
      const verdict = within(CASES[i]!.run(peer), CASE_MS, systemClock);
      verdicts[i] = await verdict.catch((error) => `failed: ${error.message}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
  return verdicts;
}
