/**
 * Who was told that its conference is live and waits again soon after: the meeting did not let it
 * in. Jitsi sends it back to the queue where the room is not live for it, or its nodes are full.
 *
 * @module
 */

/** Who comes back within this found the door closed. */
const RETURN_SEC = 60;
/** A conference is told of in the log once within this. */
const NOTE_SEC = 3_600;
/** Entries, of two words: the hash of who and where, and when. 512 KiB in all. */
const ENTRIES = 65_536;
const WORDS = 2;
/** Of the seconds' word the lowest bit says that several have the same token. */
const SHARED = 1;

/**
 * The visitors of all isolates of a process that were told within the last minute, in memory that
 * they share, because who comes back is as likely as not on another worker. Of fixed size: an entry
 * gives way to a newer one in its place, and then somebody is not counted.
 */
export class ReturningVisitors {
  readonly #words: Uint32Array<SharedArrayBuffer>;
  readonly #wall: () => number;
  #lastKey = "";
  #lastHash = 0;

  /** @param memory from {@linkcode share}; `wall` is the time of day in milliseconds. */
  constructor(memory: SharedArrayBuffer, wall: () => number) {
    this.#words = new Uint32Array(memory);
    this.#wall = wall;
  }

  static share(): SharedArrayBuffer {
    return new SharedArrayBuffer(ENTRIES * WORDS * Uint32Array.BYTES_PER_ELEMENT);
  }

  /**
   * A visitor was told.
   *
   * @param mark stands for its token; 0: it has none, and cannot be known again.
   */
  told(mark: number, conference: string): void {
    if (mark === 0) return;
    const hash = this.#hashOf(mark, conference);
    const at = slotOf(hash);
    const now = this.#now();
    // Told again without having come back: some sites give all visitors the same token.
    const again = this.#words[at] === hash && now - (this.#words[at + 1]! >>> 1) < RETURN_SEC;
    this.#words[at] = hash;
    this.#words[at + 1] = (now << 1 | (again ? SHARED : 0)) >>> 0;
  }

  /** A visitor comes. True when it was told within the last minute; it is then forgotten. */
  comesBack(mark: number, conference: string): boolean {
    if (mark === 0) return false;
    const hash = this.#hashOf(mark, conference);
    const at = slotOf(hash);
    if (this.#words[at] !== hash) return false;
    const when = this.#words[at + 1]!;
    if ((when & SHARED) !== 0 || this.#now() - (when >>> 1) >= RETURN_SEC) return false;
    this.#words[at] = 0;
    return true;
  }

  /** True the first time within an hour, over all isolates: for a line in the log. */
  first(conference: string): boolean {
    const hash = this.#hashOf(0, conference);
    const at = slotOf(hash);
    const now = this.#now();
    if (this.#words[at] === hash && now - (this.#words[at + 1]! >>> 1) < NOTE_SEC) return false;
    this.#words[at] = hash;
    this.#words[at + 1] = (now << 1) >>> 0;
    return true;
  }

  #now(): number {
    // 31 bits of seconds hold until 2038, and a wrong difference only counts somebody.
    return Math.floor(this.#wall() / 1_000) & 0x7fff_ffff;
  }

  /** FNV-1a of the conference, which is mostly the one before, and mixed with who it is. */
  #hashOf(mark: number, conference: string): number {
    if (conference !== this.#lastKey) {
      let hash = 0x811c9dc5;
      for (let i = 0; i < conference.length; i++) {
        hash = Math.imul(hash ^ conference.charCodeAt(i), 0x01000193);
      }
      this.#lastKey = conference;
      this.#lastHash = hash;
    }
    let mixed = Math.imul(this.#lastHash ^ mark, 0x85ebca6b);
    mixed = Math.imul(mixed ^ mixed >>> 13, 0xc2b2ae35);
    return ((mixed ^ mixed >>> 16) >>> 0) || 1;
  }
}

function slotOf(hash: number): number {
  return (hash % ENTRIES) * WORDS;
}
