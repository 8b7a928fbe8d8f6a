/**
 * Octets that wait for the rest of their frame.
 *
 * @module
 */

const NONE = new Uint8Array(0);

/**
 * A view of the last chunk as long as nothing need be kept, a copy of its own as soon as something
 * must. It grows by doubling, so that a frame that arrives octet by octet costs linear time.
 */
export class OctetBuffer {
  /** Only the first {@linkcode length} of them count. */
  octets: Uint8Array = NONE;
  length = 0;
  #owned = false;

  /** Adds `chunk`: without a copy when it is all there is. */
  append(chunk: Uint8Array): void {
    if (this.length === 0) {
      this.#become(chunk, false);
      return;
    }
    const length = this.length + chunk.length;
    if (length > this.octets.length) this.#grow(length);
    this.octets.set(chunk, this.length);
    this.length = length;
  }

  /** Drops the first `count` octets and copies the rest, whose chunk belongs to someone else. */
  keepFrom(count: number): void {
    if (count === this.length) this.#become(NONE, false);
    else if (count > 0 || !this.#owned) this.#become(this.#copyFrom(count), true);
  }

  /** Not `slice`: what Node's Buffer returns by that name is a view. */
  #copyFrom(count: number): Uint8Array {
    return new Uint8Array(this.octets.subarray(count, this.length));
  }

  #become(octets: Uint8Array, owned: boolean): void {
    this.octets = octets;
    this.length = octets.length;
    this.#owned = owned;
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.max(length, 2 * this.octets.length));
    grown.set(this.octets.subarray(0, this.length));
    this.octets = grown;
    this.#owned = true;
  }
}
