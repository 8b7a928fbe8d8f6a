import { within } from "../../../src/time/within.ts";
import { systemClock } from "../../../src/time/clock.ts";
import { RawPeer, readReceived, upgradeHead } from "../../support/raw_peer.ts";
import { closeCode, encodeFrame, OP, type RawFrame } from "../../support/raw_websocket.ts";
import { type Case, closing } from "./case.ts";

/** How long a server has to end what breaks a rule, before goodbye is said. */
const END_MS = 1_500;
const AT_ONCE = 16;

/** A byte order mark is a part of the message. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * What came back, in its order: `echo` for a message that comes back as it was sent, `pong`, a Close
 * with its code, and `end` where the connection ended without a Close.
 */
export async function outcomeOf(each: Case, port: number): Promise<string> {
  using peer = await RawPeer.open(port);
  await peer.write(upgradeHead(port, "/mirror"));
  await peer.until("\r\n\r\n");
  for (const octets of each.send) if (!await peer.write(octets)) break;
  if (each.finish) await peer.finish();
  const ended = peer.received.then(() => true);
  const breaksRule = !each.strict.endsWith("Close 1000");
  if (!breaksRule || !await within(ended, END_MS, systemClock).catch(() => false)) {
    await peer.write(encodeFrame(OP.close, closing(1000)));
  }
  const { frames } = readReceived(await peer.received);
  return describe(frames, each.messages);
}

/** The outcomes, in the order of the cases. */
export async function outcomesOf(cases: readonly Case[], port: number): Promise<string[]> {
  const outcomes: string[] = [];
  const waiting = cases.entries();
  const run = async () => {
    for (const [i, each] of waiting) outcomes[i] = await outcomeOf(each, port);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
  return outcomes;
}

function describe(frames: readonly RawFrame[], messages: readonly string[]): string {
  const seen: string[] = [];
  let echoes = 0;
  for (const frame of frames) {
    const payload = decoder.decode(frame.payload);
    if (frame.op === OP.ping) continue;
    if (frame.op === OP.close) seen.push(`Close ${closeCode(frame) ?? "without code"}`);
    else if (frame.op === OP.pong) seen.push(payload === "" ? "pong" : `pong ${short(payload)}`);
    else seen.push(payload === messages[echoes++] ? "echo" : `"${short(payload)}"`);
  }
  if (frames.at(-1)?.op !== OP.close) seen.push("end");
  return seen.join(", ");
}

function short(text: string): string {
  return text.length > 10 ? `of ${text.length}` : text;
}
