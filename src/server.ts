import type { Clock } from "./clock.ts";
import { getLogger } from "./log.ts";

export interface ServerOptions {
  readonly hostname: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** Whether workers share the port. */
  readonly reusePort: boolean;
  readonly handler: (request: Request) => Response | Promise<Response>;
  readonly clock: Clock;
}

/** The first pause before listening again, and the longest. */
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 1_000;
/** A listener that lived for this long ended for a new reason. */
const HEALTHY_MS = 10_000;

const logger = getLogger("server");

/**
 * A listening socket that outlives its own end: when the process runs out of file descriptors the
 * runtime ends the listener, but not the sockets that wait. It listens again, with growing pauses.
 */
export class Server implements AsyncDisposable {
  readonly port: number;
  readonly #options: ServerOptions;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #closing = false;

  /** Listens. @throws {Deno.errors.AddrInUse} somebody else has the port. */
  constructor(options: ServerOptions) {
    this.#options = options;
    this.#server = this.#listen(options.port);
    this.port = this.#server.addr.port;
    void this.#watch();
  }

  /** Stops accepting. Resolves when the requests that are being answered are done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.#server.shutdown();
  }

  #listen(port: number): Deno.HttpServer<Deno.NetAddr> {
    const { hostname, reusePort, handler } = this.#options;
    return Deno.serve({ hostname, port, reusePort, onListen() {}, onError }, handler);
  }

  async #watch(): Promise<void> {
    const { clock } = this.#options;
    for (let pause = FIRST_PAUSE_MS; !this.#closing;) {
      const began = clock.now();
      const error = await this.#server.finished.then(() => undefined, (error) => error);
      if (this.#closing) return;
      if (clock.now() - began > HEALTHY_MS) pause = FIRST_PAUSE_MS;
      logger.error("The listener ended, listening again: {error}", { error });
      pause = await this.#listenAgain(pause);
    }
  }

  async #listenAgain(pause: number): Promise<number> {
    const { clock } = this.#options;
    for (; !this.#closing; pause = Math.min(pause * 2, LAST_PAUSE_MS)) {
      await new Promise<void>((resolve) => clock.after(pause, resolve));
      try {
        this.#server = this.#listen(this.port);
        break;
      } catch (error) {
        logger.error("Cannot listen: {error}", { error });
      }
    }
    return Math.min(pause * 2, LAST_PAUSE_MS);
  }
}

/** The routes turn their own errors into responses; this is for what slipped through. */
function onError(error: unknown): Response {
  logger.error("A request failed: {error}", { error });
  return new Response(null, { status: 500 });
}
