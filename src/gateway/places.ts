import { hash } from "node:crypto";

/** A bound for each of very many keys; plain data that can be posted to workers. */
export interface SharedPlaces {
  /** One for each worker, which alone writes to it. */
  readonly tables: readonly SharedArrayBuffer[];
  /** Mixed into every hash, so that nobody can choose keys that meet in one slot. */
  readonly seed: string;
  /** How many places one key may have in the process. */
  readonly most: number;
}

/** A place that was taken, to give it back; `UNCOUNTED` needs not be given back. */
export type Place = number;

/** Where the table has no slot for the key: rather let in than kept out. */
export const UNCOUNTED: Place = -1;

/** Slots of a worker's table, for each connection that the process may have... */
const SLOTS_A_CONNECTION = 2;
/** ...within these; a slot takes 12 octets. */
const FEWEST_SLOTS = 1_024;
const MAX_SLOTS = 262_144;
/** A key is in one of so many slots from the one that its hash names. */
const WINDOW = 32;
/** A slot: two words of the key's hash, and how many places are taken. */
const WORDS = 3;

/**
 * How many places each key has taken, over all workers of the process. A key is an address or a
 * token; only its hash is kept. Two workers that give the last place away in the same instant may
 * both be refused, never both let in.
 */
export class Places {
  readonly #shared: SharedPlaces;
  readonly #tables: readonly Int32Array[];
  readonly #own: Int32Array;
  readonly #slots: number;

  /** @param worker which of the tables is this worker's, from 0. */
  constructor(shared: SharedPlaces, worker: number) {
    this.#shared = shared;
    this.#tables = shared.tables.map((table) => new Int32Array(table));
    this.#own = this.#tables[worker]!;
    this.#slots = this.#own.length / WORDS;
  }

  /** Memory for `workers` workers, where nothing is taken. */
  static share(workers: number, most: number, connections: number): SharedPlaces {
    const wanted = Math.min(Math.max(connections * SLOTS_A_CONNECTION, FEWEST_SLOTS), MAX_SLOTS);
    const octets = wanted * WORDS * Int32Array.BYTES_PER_ELEMENT;
    return {
      tables: Array.from({ length: workers }, () => new SharedArrayBuffer(octets)),
      seed: crypto.randomUUID(),
      most,
    };
  }

  /** Takes the table of a worker that died back to nothing. */
  static reset({ tables }: SharedPlaces, worker: number): void {
    new Int32Array(tables[worker]!).fill(0);
  }

  /** Takes a place for `key`; undefined when it has as many as it may. */
  take(key: string): Place | undefined {
    const tag = this.#tagOf(key);
    const place = this.#slotFor(tag);
    if (place === UNCOUNTED) return UNCOUNTED;
    this.#write(place, tag);
    if (this.#used(tag) <= this.#shared.most) return place;
    this.release(place);
    return undefined;
  }

  /** Gives a place back. */
  release(place: Place): void {
    if (place !== UNCOUNTED) Atomics.sub(this.#own, place * WORDS + 2, 1);
  }

  #write(place: Place, [, first, second]: Tag): void {
    const at = place * WORDS;
    if (this.#own[at + 2] === 0) {
      Atomics.store(this.#own, at, first);
      Atomics.store(this.#own, at + 1, second);
    }
    Atomics.add(this.#own, at + 2, 1);
  }

  /** The slot of this worker that has the key, or else one that is free. */
  #slotFor(tag: Tag): Place {
    let free = UNCOUNTED;
    for (let i = 0; i < WINDOW; i++) {
      const slot = (tag[0] + i) % this.#slots;
      if (this.#own[slot * WORDS + 2] === 0) {
        if (free === UNCOUNTED) free = slot;
      } else if (has(this.#own, slot, tag)) return slot;
    }
    return free;
  }

  #used(tag: Tag): number {
    let sum = 0;
    for (const table of this.#tables) {
      for (let i = 0; i < WINDOW; i++) {
        const slot = (tag[0] + i) % this.#slots;
        if (has(table, slot, tag)) sum += Atomics.load(table, slot * WORDS + 2);
      }
    }
    return sum;
  }

  #tagOf(key: string): Tag {
    const digest = hash("sha256", this.#shared.seed + key, "buffer");
    return [digest.readUInt32LE(0) % this.#slots, digest.readInt32LE(4), digest.readInt32LE(8)];
  }
}

/** The first slot of a key, and what is kept of its hash. */
type Tag = readonly [slot: number, first: number, second: number];

function has(table: Int32Array, slot: number, [, first, second]: Tag): boolean {
  const at = slot * WORDS;
  return Atomics.load(table, at) === first && Atomics.load(table, at + 1) === second;
}
