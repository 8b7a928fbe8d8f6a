import { closeConn } from "../support/conn.ts";

/**
 * A TCP balancer: each connection goes to the next of the targets, or to the one after it when that
 * refuses. Shut, it refuses everybody, as a host does on which nothing runs.
 */
export class Balancer implements AsyncDisposable {
  readonly port: number;
  targets: readonly number[];
  #listener: Deno.Listener | undefined;
  #done: Promise<void> = Promise.resolve();
  #next = 0;
  readonly #ends = new Set<Deno.Conn>();

  /** @param targets ports of loopback. */
  constructor(targets: readonly number[]) {
    this.targets = targets;
    this.port = this.#listen(0);
  }

  /** Ends all connections without a word and refuses new ones. */
  async shut(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    for (const end of this.#ends) closeConn(end);
    await this.#done;
  }

  open(): void {
    this.#listen(this.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shut();
  }

  #listen(port: number): number {
    const listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#listener = listener;
    this.#done = this.#run(listener);
    return listener.addr.port;
  }

  async #run(listener: Deno.Listener): Promise<void> {
    const running: Promise<void>[] = [];
    for await (const client of listener) running.push(this.#join(client));
    await Promise.all(running);
  }

  async #join(client: Deno.Conn): Promise<void> {
    this.#ends.add(client);
    const server = await this.#connect();
    if (server) this.#ends.add(server);
    if (server && this.#listener) {
      await Promise.all([copy(client, server), copy(server, client)]);
    }
    for (const end of [client, server]) {
      if (!end) continue;
      closeConn(end);
      this.#ends.delete(end);
    }
  }

  async #connect(): Promise<Deno.Conn | undefined> {
    for (let tries = this.targets.length; tries > 0; tries--) {
      const port = this.targets[this.#next++ % this.targets.length]!;
      const connecting = Deno.connect({ hostname: "127.0.0.1", port });
      const server = await connecting.catch(() => undefined);
      if (server) return server;
    }
    return undefined;
  }
}

/** Until one of the two ends; then both do. */
async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  await from.readable.pipeTo(to.writable).catch(() => {});
  closeConn(from);
  closeConn(to);
}
