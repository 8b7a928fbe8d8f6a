/**
 * Whether the visitors' Prosodys can take as many as are let in. Only those who run them know how many
 * there are: examples/jitsi/setup.sh writes it beside `RELEASE_RATE`.
 *
 * @module
 */

import { doubtful, type Finding, fine } from "../finding.ts";
import type { Patient } from "./check.ts";

/** What a visitors' Prosody lets into a room a second: docker-jitsi-meet's `muc_rate_joins`. */
const JOINS_A_NODE = 30;
/** The variable that says how many visitors' Prosodys there are. */
const NODES = "VISITOR_NODES";

/** Nothing where the number of nodes is not told. */
export function rateCheck({ settings: { queue }, env }: Patient): Finding[] {
  const text = env[NODES];
  if (!text) return [];
  const name = "RELEASE_RATE";
  if (!/^[1-9]\d*$/.test(text)) {
    return [doubtful(NODES, "is no number of nodes", "set how many visitors' Prosodys there are")];
  }
  const most = JOINS_A_NODE * Number(text);
  const nodes = `${text} visitors' Prosody${text === "1" ? "" : "s"} let ${most} a second in`;
  const { releaseRate } = queue;
  if (releaseRate > 0 && releaseRate <= most) return [fine(name, `${releaseRate}; ${nodes}`)];
  const rate = releaseRate === 0 ? "all visitors are told at once" : `is ${releaseRate}`;
  return [
    doubtful(name, `${rate}, and ${nodes}; others are sent back`, `set RELEASE_RATE=${most}`),
  ];
}
