interface Peer {
  /** Number of the last batch that came from it. */
  seq: number;
  silentBeats: number;
}

/** What a sign of life says about the messages before it. */
export type Continuity = "whole" | "gap" | "stranger";

/**
 * The other isolates on a channel, and how far each has been heard. Silence is counted in beats of
 * our own, not in time: after a stall of this isolate the timer fires before what peers sent
 * meanwhile is read, and none of them may be taken for dead.
 */
export class Peers {
  readonly #peers = new Map<string, Peer>();

  get ids(): Set<string> {
    return new Set(this.#peers.keys());
  }

  has(id: string): boolean {
    return this.#peers.has(id);
  }

  /** Notes that `id` lives and has sent `seq` batches so far. */
  heard(id: string, seq: number): Continuity {
    const peer = this.#peers.get(id);
    if (!peer) {
      this.#peers.set(id, { seq, silentBeats: 0 });
      return "stranger";
    }
    const whole = peer.seq === seq;
    peer.seq = seq;
    peer.silentBeats = 0;
    return whole ? "whole" : "gap";
  }

  /** Notes that batch `seq` of `id` has come. */
  batch(id: string, seq: number): Continuity {
    const continuity = this.heard(id, seq - 1);
    this.heard(id, seq);
    return continuity;
  }

  delete(id: string): boolean {
    return this.#peers.delete(id);
  }

  /** Counts a beat. Drops those that were silent for `limit` beats and returns them. */
  beat(limit: number): string[] {
    const dropped: string[] = [];
    for (const [id, peer] of this.#peers) {
      if (++peer.silentBeats <= limit) continue;
      this.#peers.delete(id);
      dropped.push(id);
    }
    return dropped;
  }
}
