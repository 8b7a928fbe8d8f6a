/**
 * The smallest door: it sends back what it is sent. It shows what a door has to bring, and that
 * nothing else has to change.
 *
 * @module
 */

import { integer } from "../../../src/config/schemas.ts";
import type { Declarations } from "../../../src/config/declaration.ts";
import { type Door, door } from "../../../src/doors/door.ts";
import { defaultClosings, defaultLimits } from "../../../src/gateway/endpoint.ts";
import type { PeerHandle, Protocol } from "../../../src/gateway/protocol.ts";

const ECHO_SETTINGS = {
  ECHO_MAX_CONNECTIONS: {
    schema: integer(1, 1_000),
    default: "3",
    doc: "Connections of this door.",
  },
} as const satisfies Declarations;

/** Close codes of this door alone. */
const NO_TOKEN = { code: 4001, reason: "no token", why: "auth" } as const;
const TOO_BIG = { code: 4009, reason: "too big", why: "too_big" } as const;
const BAD_INPUT = { code: 4000, reason: "input refused", why: "protocol" } as const;

class Echo implements Protocol {
  readonly outgoingBeatMs = 0;
  readonly incomingTimeoutMs = 0;

  constructor(readonly peer: PeerHandle, readonly token: string | null) {}

  opened(): void {
    if (this.token === null) return this.peer.closeWith(NO_TOKEN);
    this.peer.establish();
    this.peer.send(`hello ${this.token}`);
  }

  message(data: string | Uint8Array): boolean {
    this.peer.send(typeof data === "string" ? data : new TextDecoder().decode(data));
    return false;
  }

  beat(): void {}

  overdue(): void {
    this.peer.closeWith(BAD_INPUT);
  }

  flooded(): void {
    this.peer.closeWith(BAD_INPUT);
  }

  tooBig(): void {
    this.peer.closeWith(TOO_BIG);
  }

  letGo(): void {}

  ended(): void {}
}

export const echoDoor: Door = door({
  name: "echo",
  settings: ECHO_SETTINGS,
  open(house, { ECHO_MAX_CONNECTIONS }) {
    return {
      endpoints: [{
        name: "echo",
        paths: ["/echo"],
        limits: { ...defaultLimits, maxMessage: 100 },
        closings: {
          ...defaultClosings,
          drain: { code: 4010, reason: "come back", why: "drain" },
        },
        capacity: house.capacity(ECHO_MAX_CONNECTIONS),
        chooseSubprotocol: () => undefined,
        open(request) {
          const token = new URL(request.url).searchParams.get("token");
          return (peer) => new Echo(peer, token);
        },
      }],
    };
  },
});
