import { closeConn, writeAll } from "./conn.ts";

/** What a {@linkcode HoldingProxy} waits for. */
export interface Trap {
  /** Who says it. */
  readonly from: "client" | "server";
  readonly pattern: RegExp;
  /** Whether it is passed on before everything is held. Default false. */
  readonly passes?: boolean;
}

/**
 * Stands between clients and a server, and holds everything, in both directions, from a moment that a
 * test chooses: at a command or an answer, or at once. Neither side hears that: what a cable that was
 * pulled does.
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
  #cut = false;

  /** @param target the port of the server. */
  constructor(target: number) {
    this.#target = target;
    this.#held.resolve();
    this.#done = this.#run();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Holds everything from what `trap` describes. `sprung` is called in that very moment. */
  holdAt(trap: Trap, sprung: () => void): void {
    this.#trap = { ...trap, sprung };
  }

  hold(): void {
    this.#held = Promise.withResolvers();
  }

  /** Ends all connections, and takes no more until {@linkcode mend}. What was on its way is lost. */
  cut(): void {
    this.#cut = true;
    for (const end of this.#ends) closeConn(end);
  }

  mend(): void {
    this.#cut = false;
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
    for (const end of this.#ends) closeConn(end);
    this.#held.resolve();
    await this.#done;
  }

  async #run(): Promise<void> {
    const copies: Promise<void>[] = [];
    for await (const client of this.#listener) {
      if (this.#cut) {
        closeConn(client);
        continue;
      }
      const connecting = Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      const server = await connecting.catch(() => undefined);
      if (!server) {
        closeConn(client);
        continue;
      }
      for (const end of [client, server]) this.#ends.add(end);
      copies.push(this.#copy("client", client, server), this.#copy("server", server, client));
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
      closeConn(end);
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
