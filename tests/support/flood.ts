/** What a flooding peer does. */
export interface FloodPlan {
  readonly port: number;
  /** Sent first, and its answer read; without it the peer stays a stranger. */
  readonly connect?: string;
  /** Sent over and over. */
  readonly octets: Uint8Array;
  /** Whether what is answered is read. */
  readonly reads: boolean;
  /** It ends by itself after this time, or when the service ends the connection. */
  readonly ms: number;
}

/** A peer with a thread of its own that sends without end. Disposing it ends it. */
export class Flood implements Disposable {
  readonly #worker = new Worker(new URL("./flood_worker.ts", import.meta.url), { type: "module" });
  readonly #begun = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();

  private constructor(plan: FloodPlan) {
    this.#worker.onmessage = ({ data }) => (data === "begun" ? this.#begun : this.#over).resolve();
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#begun.reject(new Error(event.message));
      this.#over.resolve();
    };
    this.#worker.postMessage(plan);
  }

  /** Resolves when it has begun. */
  static async begin(plan: FloodPlan): Promise<Flood> {
    const flood = new Flood(plan);
    await flood.#begun.promise;
    return flood;
  }

  /** Resolves when it is over, because its time is up or the service ended it. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
