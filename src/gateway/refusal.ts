import type { Opener } from "./endpoint.ts";
import type { Closing, PeerHandle, Protocol } from "./protocol.ts";

/** Closes the peer as soon as its socket is open, and hears nothing before. */
class Refusal implements Protocol {
  readonly outgoingBeatMs = 0;
  readonly incomingTimeoutMs = 0;

  constructor(readonly peer: PeerHandle, readonly closing: Closing) {}

  opened(): void {
    this.peer.closeWith(this.closing);
  }

  message(): boolean {
    return false;
  }

  beat(): void {}

  overdue(): void {
    this.opened();
  }

  flooded(): void {
    this.opened();
  }

  tooBig(): void {
    this.opened();
  }

  letGo(): void {}

  ended(): void {}
}

/** What is spoken with who comes while this process drains: one Close. */
export function refusal(closing: Closing): Opener {
  return (peer) => new Refusal(peer, closing);
}
