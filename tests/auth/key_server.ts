import { asapPath } from "./support.ts";

export type Answer = (request: Request) => Response | Promise<Response>;

/** A key server on a port of its own, which answers as a test tells it to. */
export class KeyServer implements AsyncDisposable {
  /** The path of every request, in order. */
  readonly requests: string[] = [];
  readonly #answers = new Map<string, Answer>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #abort = new AbortController();
  #arrived = Promise.withResolvers<void>();

  constructor() {
    const { signal } = this.#abort;
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", signal, onListen() {} },
      (request) => this.#handle(request),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
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
    this.#abort.abort();
    await this.#server.finished;
  }

  async #handle(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    this.requests.push(path);
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
    const answer = this.#answers.get(path);
    return await answer?.(request) ?? new Response("not found", { status: 404 });
  }
}

/** An answer that never comes. */
export const never: Answer = (request) =>
  new Promise((_, reject) => {
    request.signal.addEventListener("abort", () => reject(request.signal.reason));
  });

export function status(code: number, headers: Record<string, string> = {}): Answer {
  return () => new Response("no key", { status: code, headers });
}
