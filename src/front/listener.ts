import type { Clock } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import { notePeerAddress } from "./peer_address.ts";
import { sleep } from "../time/sleep.ts";

/** One listening socket, until it ends. */
export interface Listener {
  readonly port: number;
  /** Resolves when it has ended, with the error where it did not end by {@linkcode stop}. */
  readonly ended: Promise<unknown>;
  /** Stops accepting. Resolves when the requests that are being answered are done. */
  stop(): Promise<void>;
}

/** With what TLS is spoken; both in PEM. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
}

/** Where to listen, and who answers. */
export interface ListenOptions {
  readonly hostname: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** Whether workers share the port. */
  readonly reusePort: boolean;
  /** Absent: plain HTTP. */
  readonly tls?: TlsOptions | undefined;
  readonly handler: (request: Request) => Response | Promise<Response>;
}

/** Listens. @throws {Error} the port cannot be had. */
export type Listen = (options: ListenOptions) => Promise<Listener>;

/** The first pause before listening again, and the longest. */
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 1_000;
/** A listener that lived for this long ended for a new reason. */
const HEALTHY_MS = 10_000;

/** Connections that wait to be accepted: all browsers of a deploy come back in the same second. */
export const BACKLOG = 4_096;

const logger = getLogger("server");

/**
 * A listening socket that outlives its own end: when the process runs out of file descriptors the
 * runtime ends the listener, but not the sockets that wait. It listens again, with growing pauses.
 *
 * Its errors are logged without their stacks: to make one the runtime may need a file descriptor, and
 * it ends the process if there is none.
 */
export class Server implements AsyncDisposable {
  #listener: Listener;
  #stopping = false;

  private constructor(
    readonly listen: Listen,
    readonly options: ListenOptions,
    readonly clock: Clock,
    listener: Listener,
  ) {
    this.#listener = listener;
    void this.#watch();
  }

  /** @throws {Error} the port cannot be had. */
  static async open(listen: Listen, options: ListenOptions, clock: Clock): Promise<Server> {
    const listener = await listen(options);
    return new Server(listen, { ...options, port: listener.port }, clock, listener);
  }

  get port(): number {
    return this.options.port;
  }

  /** Stops accepting. Resolves when the requests that are being answered are done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#listener.stop();
  }

  async #watch(): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.#stopping;) {
      const began = this.clock.now();
      const error = await this.#listener.ended;
      if (this.#stopping) return;
      if (this.clock.now() - began > HEALTHY_MS) pause = FIRST_PAUSE_MS;
      logger.error("The listener ended, and listens again: {error}", { error: String(error) });
      pause = await this.#listenAgain(pause);
    }
  }

  async #listenAgain(first: number): Promise<number> {
    let pause = first;
    for (; !this.#stopping; pause = Math.min(pause * 2, LAST_PAUSE_MS)) {
      await sleep(this.clock, pause);
      try {
        this.#listener = await this.listen(this.options);
        break;
      } catch (error) {
        logger.error("Cannot listen: {error}", { error: String(error) });
      }
    }
    return Math.min(pause * 2, LAST_PAUSE_MS);
  }
}

/** Listens with `Deno.serve`. */
export function listenDeno(options: ListenOptions): Promise<Listener> {
  const { handler, tls, ...where } = options;
  const server = Deno.serve(
    { ...where, ...tls, tcpBacklog: BACKLOG, onListen() {}, onError: respondToError },
    (request, info) => {
      notePeerAddress(request, info);
      return handler(request);
    },
  );
  return Promise.resolve({
    port: server.addr.port,
    ended: server.finished.then(() => undefined, (error) => error),
    stop: () => server.shutdown(),
  });
}

/** The routes turn their own errors into responses; this is for what slipped through. */
function respondToError(error: unknown): Response {
  logger.error("A request failed: {error}", { error });
  return new Response(null, { status: 500 });
}
