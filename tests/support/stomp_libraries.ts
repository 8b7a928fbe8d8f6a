/**
 * STOMP libraries of the field, in the versions that are out there.
 *
 * @module
 */

import * as newest from "@stomp/stompjs";
import * as oldest from "stompjs-7.0.0";
import stompjs from "stompjs";
import webstomp from "webstomp-client";
import type { StompClientClass } from "./jitsi_meet_client.ts";

/** @stomp/stompjs, which jitsi-meet uses: what comes with a fresh install, and the first 7. */
export const STOMPJS_7: Readonly<Record<"newest" | "oldest", StompClientClass>> = {
  newest: newest.Client,
  oldest: oldest.Client,
};

export interface OldFrame {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What stompjs 2 and webstomp-client have in common. */
export interface OldClient {
  heartbeat: { outgoing: number; incoming: number };
  debug: (text: string) => void;
  onreceipt: (frame: OldFrame) => void;
  connect(
    headers: Record<string, string>,
    connected: (frame: OldFrame) => void,
    failed: (error: unknown) => void,
  ): void;
  subscribe(
    destination: string,
    told: (frame: OldFrame) => void,
    headers?: Record<string, string>,
  ): { id: string };
  disconnect(done?: () => void, headers?: Record<string, string>): void;
}

interface OldLibrary {
  over(socket: WebSocket, options?: Record<string, unknown>): OldClient;
}

interface Stompjs2 extends OldLibrary {
  readonly Frame: { unmarshall(text: string): OldFrame[] };
}

interface Webstomp extends OldLibrary {
  readonly Frame: { unmarshall(text: string): { frames: OldFrame[]; partial?: string } };
}

/** stompjs 2.3.3, which ships no types. */
export const STOMPJS_2 = stompjs as unknown as Stompjs2;
export const WEBSTOMP = webstomp as unknown as Webstomp;
export { newest as stompjs7 };
