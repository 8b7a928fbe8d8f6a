import { printable } from "../printable.ts";
import { epochMs } from "./job.ts";
import type { WentLive } from "./outcome.ts";
import type { Target } from "./target.ts";

/** The service holds a go-live for as long while its store is away, and some. */
const ANSWER_MS = 90_000;
/** Of an answer that is not understood, for people. */
const MAX_SHOWN = 300;

/** Goes live. @throws {Error} the answer is not 200. */
export async function postGoLive(
  { goLiveUrl }: Target,
  conference: string,
  token: string,
): Promise<WentLive> {
  const at = epochMs();
  const response = await fetch(goLiveUrl, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ conference }),
    redirect: "manual",
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const text = await response.text();
  const answeredAt = epochMs();
  if (response.status !== 200) {
    const shown = printable(text.slice(0, MAX_SHOWN));
    throw new Error(`POST ${goLiveUrl} was answered with ${response.status}: ${shown}`);
  }
  return { at, answeredAt, visitorsWaiting: waitingIn(text) };
}

function waitingIn(text: string): number {
  try {
    const { visitorsWaiting } = JSON.parse(text) as { visitorsWaiting?: unknown };
    return typeof visitorsWaiting === "number" ? visitorsWaiting : 0;
  } catch {
    return 0;
  }
}
