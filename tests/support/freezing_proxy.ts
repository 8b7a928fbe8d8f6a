/**
 * Stands between clients and the service. Once frozen, nothing passes either way, and neither side
 * hears that: what a cable that was pulled does.
 */
export class FreezingProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #ends = new Set<Deno.Conn>();
  readonly #done: Promise<void>;
  #frozen = false;

  /** @param target the port of the service. */
  constructor(target: number) {
    this.#target = target;
    this.#done = this.#run();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  freeze(): void {
    this.#frozen = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.#frozen = false;
    for (const end of this.#ends) close(end);
    await this.#done;
  }

  async #run(): Promise<void> {
    const copies: Promise<void>[] = [];
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      for (const end of [client, server]) this.#ends.add(end);
      copies.push(this.#copy(client, server), this.#copy(server, client));
    }
    await Promise.all(copies);
  }

  async #copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const read = await from.read(buffer).catch(() => null);
      if (this.#frozen && read !== null) continue;
      if (this.#frozen || read === null) break;
      for (let at = 0; at < read;) {
        const written = await to.write(buffer.subarray(at, read)).catch(() => 0);
        if (written === 0) break;
        at += written;
      }
    }
    // An end that the service sees while it is frozen would be news.
    if (!this.#frozen) close(to);
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It has been closed already.
  }
}
