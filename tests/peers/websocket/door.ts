/**
 * A door that sends every message back: what a front hands over is seen from outside.
 *
 * @module
 */

import { type Door, door } from "../../../src/doors/door.ts";
import { defaultClosings, defaultLimits } from "../../../src/gateway/endpoint.ts";
import type { PeerHandle, Protocol } from "../../../src/gateway/protocol.ts";

const MIB = 2 ** 20;
/** A byte order mark is a part of the message. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

class Mirror implements Protocol {
  readonly outgoingBeatMs = 0;
  readonly incomingTimeoutMs = 0;

  constructor(readonly peer: PeerHandle) {}

  opened(): void {
    this.peer.establish();
  }

  message(data: string | Uint8Array): boolean {
    this.peer.send(typeof data === "string" ? data : decoder.decode(data));
    return false;
  }

  beat(): void {}

  overdue(): void {}

  flooded(): void {}

  tooBig(): void {}

  letGo(): void {}

  ended(): void {}
}

export const mirrorDoor: Door = door({
  name: "mirror",
  settings: {},
  open: () => ({
    endpoints: [{
      name: "mirror",
      paths: ["/mirror"],
      limits: {
        ...defaultLimits,
        maxMessage: MIB,
        maxInputMessages: 10_000,
        maxInputOctets: 16 * MIB,
        maxUnread: 16 * MIB,
      },
      closings: defaultClosings,
      chooseSubprotocol: () => undefined,
      open: () => (peer) => new Mirror(peer),
    }],
  }),
});
