/** What a {@linkcode HoldingProxy} waits for. */
export interface Trap {
  /** Who says it. */
  readonly from: "service" | "redis";
  readonly pattern: RegExp;
  /** Whether it is passed on before everything is held. Default false. */
  readonly passes?: boolean;
}

/**
 * Stands between a service and Redis, and holds everything, in both directions, from a moment that a
 * test chooses: at a command or an answer, or at once. Neither side hears that.
 */
export class HoldingProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #ends = new Set<Deno.Conn>();
  readonly #done: Promise<void>;
  /** Pending while everything is held. */
  #held = Promise.withResolvers<void>();
  #trap: (Trap & { readonly sprung: () => void }) | undefined;
  #closed = false;

  /** @param target the port of Redis. */
  constructor(target: number) {
    this.#target = target;
    this.#held.resolve();
    this.#done = this.#run();
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Holds everything from what `trap` describes. `sprung` is called in that very moment. */
  holdAt(trap: Trap, sprung: () => void): void {
    this.#trap = { ...trap, sprung };
  }

  hold(): void {
    this.#held = Promise.withResolvers();
  }

  /** What was held goes on its way. */
  release(): void {
    this.#held.resolve();
  }

  /** Ends all connections. What was held is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return await this.#done;
    this.#closed = true;
    this.#listener.close();
    for (const end of this.#ends) close(end);
    this.#held.resolve();
    await this.#done;
  }

  async #run(): Promise<void> {
    const copies: Promise<void>[] = [];
    for await (const service of this.#listener) {
      const connecting = Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      const redis = await connecting.catch(() => undefined);
      if (!redis) {
        close(service);
        continue;
      }
      for (const end of [service, redis]) this.#ends.add(end);
      copies.push(this.#copy("service", service, redis), this.#copy("redis", redis, service));
    }
    await Promise.all(copies);
  }

  async #copy(side: Trap["from"], from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (let n = await from.read(buffer); n !== null; n = await from.read(buffer)) {
        await this.#pass(side, buffer.subarray(0, n), to);
      }
    } catch {
      // One of the two has ended.
    }
    for (const end of [from, to]) {
      close(end);
      this.#ends.delete(end);
    }
  }

  async #pass(side: Trap["from"], chunk: Uint8Array, to: Deno.Conn): Promise<void> {
    const trap = this.#trap;
    const sprung = trap?.from === side && trap.pattern.test(new TextDecoder().decode(chunk));
    if (sprung) {
      this.#trap = undefined;
      if (trap.passes) await writeAll(to, chunk);
      this.hold();
      trap.sprung();
      if (trap.passes) return;
    }
    await this.#held.promise;
    if (!this.#closed) await writeAll(to, chunk);
  }
}

async function writeAll(to: Deno.Conn, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += await to.write(chunk.subarray(at));
}

function close(end: Deno.Conn): void {
  try {
    end.close();
  } catch {
    // It has been closed already.
  }
}
