/**
 * How many connections the whole process has, exact over its workers: one counter a worker in shared
 * memory, so that the count of a worker that died can be taken out.
 */
export class Capacity {
  readonly #counters: Int32Array<SharedArrayBuffer>;

  /**
   * @param shared from {@linkcode Capacity.share}; the same for all workers.
   * @param worker which of the counters is this worker's, from 0.
   * @param most connections in the process.
   */
  constructor(
    shared: SharedArrayBuffer,
    readonly worker: number,
    readonly most: number,
  ) {
    this.#counters = new Int32Array(shared);
  }

  /** Memory for the counters of `workers` workers. */
  static share(workers: number): SharedArrayBuffer {
    return new SharedArrayBuffer(workers * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Takes the counter of a worker that died back to nothing. */
  static reset(shared: SharedArrayBuffer, worker: number): void {
    Atomics.store(new Int32Array(shared), worker, 0);
  }

  /** Connections in the process. */
  get used(): number {
    let sum = 0;
    for (let i = 0; i < this.#counters.length; i++) sum += Atomics.load(this.#counters, i);
    return sum;
  }

  /** Takes room for one connection; false when there is none. */
  take(): boolean {
    Atomics.add(this.#counters, this.worker, 1);
    if (this.used <= this.most) return true;
    this.release();
    return false;
  }

  /** Gives the room of one connection back. */
  release(): void {
    Atomics.sub(this.#counters, this.worker, 1);
  }
}
