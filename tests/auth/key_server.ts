import { asapPath } from "./support.ts";

/** `ended` resolves when the server is disposed. */
export type Answer = (request: Request, ended: Promise<void>) => Response | Promise<Response>;

/** A key server on a port of its own, which answers as a test tells it to. */
export class KeyServer implements AsyncDisposable {
  readonly url: string;
  /** The path of every request, in order. */
  readonly requests: string[] = [];
  readonly #answers = new Map<string, Answer>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #abort = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #arrived = Promise.withResolvers<void>();

  /** With a certificate it speaks TLS. */
  constructor(tls?: { cert: string; key: string }) {
    const listen = { port: 0, hostname: "127.0.0.1", signal: this.#abort.signal, onListen() {} };
    const handle = (request: Request) => this.#handle(request);
    this.#server = tls ? Deno.serve({ ...listen, ...tls }, handle) : Deno.serve(listen, handle);
    this.url = `${tls ? "https" : "http"}://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Answers on `path`; every other path is a 404. */
  on(path: string, answer: Answer | string): void {
    this.#answers.set(path, typeof answer === "string" ? () => new Response(answer) : answer);
  }

  /** Has `pem` for the kid, as an ASAP key server. */
  has(kid: string, answer: Answer | string): void {
    this.on(asapPath(kid), answer);
  }

  lacks(kid: string): void {
    this.#answers.delete(asapPath(kid));
  }

  /** How often the key of `kid` was asked for. */
  asked(kid: string): number {
    return this.requests.filter((path) => path === asapPath(kid)).length;
  }

  /** Resolves with the next request that comes in. */
  next(): Promise<void> {
    return this.#arrived.promise;
  }

  /** Ends every request that is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.resolve();
    this.#abort.abort();
    await this.#server.finished;
  }

  async #handle(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    this.requests.push(path);
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
    const answer = this.#answers.get(path);
    return await answer?.(request, this.#ended.promise) ??
      new Response("not found", { status: 404 });
  }
}

/** An answer that never comes. */
export async function never(_request: Request, ended: Promise<void>): Promise<Response> {
  await ended;
  return new Response("too late");
}

/** An answer that begins and never ends. */
export function unfinished(_request: Request, ended: Promise<void>): Response {
  const start = new TextEncoder().encode("-----BEGIN");
  return new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(start),
      pull: () => ended,
    }),
  );
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
  return () => new Response("no key", { status: code, headers });
}
