/**
 * Visitors in the line of a conference, as tests of several machines need them.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Service } from "../support/service.ts";
import { StompSocket, VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { systemToken, visitorToken } from "../support/tokens.ts";

/** Visitors who wait at a machine, in the order in which they came. */
export function waitAt(
  { port }: Service,
  conference: string,
  count: number,
  token = visitorToken("*"),
): Promise<StompSocket[]> {
  return inTurn(count, async () => StompSocket.visitor(port, await token, conference));
}

/** Visitors of a conference that may be live already: each is told soon, or waits. */
export function comeBack(
  { port }: Service,
  conference: string,
  count: number,
  token = visitorToken("*"),
): Promise<StompSocket[]> {
  return inTurn(count, async () => {
    const visitor = await StompSocket.connect(port, await token);
    // No receipt: it may come before the live message or after it.
    await visitor.send("SUBSCRIBE", { id: "s0", destination: VISITOR_TOPIC + conference });
    return visitor;
  });
}

async function inTurn(count: number, come: () => Promise<StompSocket>): Promise<StompSocket[]> {
  const all: StompSocket[] = [];
  while (all.length < count) all.push(await come());
  return all;
}

/** Each of them is told, and nothing more comes until it says goodbye. */
export async function toldOnce(all: readonly StompSocket[]): Promise<void> {
  await Promise.all(all.map(async (visitor) => {
    assert.equal((await visitor.message()).status, "live");
    await visitor.send("DISCONNECT", { receipt: "bye" });
    assert.equal((await visitor.expect("RECEIPT")).headers["receipt-id"], "bye", "told once");
    visitor[Symbol.dispose]();
  }));
}

/** The conference as a machine describes it to an operator. */
export async function viewAt(
  { http }: Service,
  conference: string,
): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${await systemToken()}` };
  const url = `${http}/conferences/${encodeURIComponent(conference)}`;
  return await (await fetch(url, { headers })).json();
}
