import { printable } from "../printable.ts";
import { epochMs } from "./job.ts";
import type { LoadSpec } from "./load_spec.ts";
import type { WentLive } from "./outcome.ts";

/** The service holds a go-live for as long while its store is away, and some. */
const ANSWER_MS = 90_000;
/** Of an answer that is not understood, for people. */
const MAX_SHOWN = 300;

/** Goes live. @throws {Error} there is no answer, or it is not 200. */
export async function postGoLive(spec: LoadSpec, token: string): Promise<WentLive> {
  const { goLiveUrl } = spec.target;
  const at = epochMs();
  try {
    const [status, text] = await post(spec, token);
    if (status !== 200) throw new Error(`${status}: ${printable(text.slice(0, MAX_SHOWN))}`);
    return { at, answeredAt: epochMs(), visitorsWaiting: waitingIn(text) };
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
    throw new Error(`POST ${goLiveUrl}: ${why}`);
  }
}

async function post(
  { target: { goLiveUrl }, conference, ca }: LoadSpec,
  token: string,
): Promise<[status: number, text: string]> {
  using client = Deno.createHttpClient(ca === undefined ? {} : { caCerts: [ca] });
  const response = await fetch(goLiveUrl, {
    client,
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ conference }),
    redirect: "manual",
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  return [response.status, await response.text()];
}

function waitingIn(text: string): number {
  try {
    const { visitorsWaiting } = JSON.parse(text) as { visitorsWaiting?: unknown };
    return typeof visitorsWaiting === "number" ? visitorsWaiting : 0;
  } catch {
    return 0;
  }
}
