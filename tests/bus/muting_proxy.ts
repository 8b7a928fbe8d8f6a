import { closeConn, writeAll } from "../support/conn.ts";

/** Stands between clients and a Redis server, and can make connections deaf without closing them. */
export class MutingProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serverPort: number;
  readonly #connections = new Set<Connection>();
  readonly #done: Promise<void>;

  constructor(serverPort: number) {
    this.#serverPort = serverPort;
    this.#done = this.#run();
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** From now on nothing from the server reaches the connections that have subscribed. */
  muteReceivers(): void {
    for (const connection of this.#connections) connection.muted = connection.subscribed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    await this.#done;
  }

  async #run(): Promise<void> {
    const running: Promise<void>[] = [];
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#serverPort });
      const connection = new Connection(client, server);
      this.#connections.add(connection);
      running.push(connection.run().finally(() => this.#connections.delete(connection)));
    }
    await Promise.all(running);
  }
}

class Connection {
  subscribed = false;
  muted = false;

  constructor(readonly client: Deno.Conn, readonly server: Deno.Conn) {}

  async run(): Promise<void> {
    await Promise.allSettled([
      this.#copy(this.client, this.server, (text) => this.subscribed ||= /subscribe/i.test(text)),
      this.#copy(this.server, this.client),
    ]);
  }

  close(): void {
    for (const end of [this.client, this.server]) closeConn(end);
  }

  async #copy(from: Deno.Conn, to: Deno.Conn, see: (text: string) => void = () => {}) {
    try {
      const buffer = new Uint8Array(65_536);
      for (let n = await from.read(buffer); n !== null; n = await from.read(buffer)) {
        const chunk = buffer.subarray(0, n);
        see(new TextDecoder().decode(chunk));
        if (this.muted && from === this.server) continue;
        await writeAll(to, chunk);
      }
    } finally {
      this.close();
    }
  }
}
