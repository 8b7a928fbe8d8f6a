import type { PeerHandle } from "../../gateway/protocol.ts";
import type { Clock, Timer } from "../../time/clock.ts";

/** The most lists that are on their way at a time; each may have some megabytes. */
const MAX_UNDER_WAY = 16;
/** How often it is looked whether one has left. */
const LOOK_MS = 50;

/**
 * Lets few whole lists go out at a time: after a restart everybody asks for one in the same seconds,
 * and what is sent and not yet read stays in memory.
 */
export class ListTurns implements Disposable {
  readonly #clock: Clock;
  /** Who has a turn; given back when all that was sent has left, or the peer has gone. */
  readonly #peers = new Set<PeerHandle>();
  readonly #waiting: { readonly peer: PeerHandle; go(): void }[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when `peer` may be sent a list, which is then to be done at once. */
  take(peer: PeerHandle): Promise<void> {
    if (this.#peers.size < MAX_UNDER_WAY) {
      this.#begin(peer);
      return Promise.resolve();
    }
    return new Promise((go) => this.#waiting.push({ peer, go }));
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #begin(peer: PeerHandle): void {
    this.#peers.add(peer);
    this.#timer ??= this.#clock.every(LOOK_MS, () => this.#look());
  }

  #look(): void {
    for (const peer of this.#peers) {
      if (!peer.open || peer.bufferedAmount === 0) this.#peers.delete(peer);
    }
    while (this.#waiting.length > 0 && this.#peers.size < MAX_UNDER_WAY) {
      const { peer, go } = this.#waiting.shift()!;
      if (peer.open) this.#begin(peer);
      go();
    }
    if (this.#peers.size === 0) this[Symbol.dispose]();
  }
}
