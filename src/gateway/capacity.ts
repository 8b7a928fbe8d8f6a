/** A bound for all workers of a process together; plain data that can be posted to them. */
export interface SharedCapacity {
  /** From {@linkcode Capacity.counters}. */
  readonly counters: SharedArrayBuffer;
  readonly most: number;
}

/**
 * How much the whole process has of something, exact over its workers: one counter a worker in shared
 * memory, so that the count of a worker that died can be taken out.
 */
export class Capacity {
  readonly #counters: Int32Array<SharedArrayBuffer>;
  /** How many there may be in the process. */
  readonly most: number;

  /** @param worker which of the counters is this worker's, from 0. */
  constructor({ counters, most }: SharedCapacity, readonly worker: number) {
    this.#counters = new Int32Array(counters);
    this.most = most;
  }

  /** Memory for the counters of `workers` workers. */
  static counters(workers: number): SharedArrayBuffer {
    return new SharedArrayBuffer(workers * Int32Array.BYTES_PER_ELEMENT);
  }

  /** A bound for `workers` workers, of which nothing is taken. */
  static share(workers: number, most: number): SharedCapacity {
    return { counters: Capacity.counters(workers), most };
  }

  /** Takes the counter of a worker that died back to nothing. */
  static reset(counters: SharedArrayBuffer, worker: number): void {
    Atomics.store(new Int32Array(counters), worker, 0);
  }

  /** Taken in the whole process. */
  get used(): number {
    let sum = 0;
    for (let i = 0; i < this.#counters.length; i++) sum += Atomics.load(this.#counters, i);
    return sum;
  }

  /** Takes one; false when there is none left. */
  take(): boolean {
    Atomics.add(this.#counters, this.worker, 1);
    if (this.used <= this.most) return true;
    this.release();
    return false;
  }

  /** Gives one back. */
  release(): void {
    Atomics.sub(this.#counters, this.worker, 1);
  }
}
