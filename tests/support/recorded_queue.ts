/**
 * A queue that notes what it is told and answers what a test wants.
 *
 * @module
 */

import { eventually } from "./eventually.ts";

/** A request as it came. */
export interface Told {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string;
  readonly status: number;
}

/** Answers 200 until told otherwise. Disposing it stops it. */
export class RecordedQueue implements AsyncDisposable {
  readonly told: Told[] = [];
  /** What is answered next; each may take its time. */
  answer: (path: string) => number | Promise<number> = () => 200;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  /** Where Prosody is to find it. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/waiting-queue`;
  }

  /** Paths and conferences that were told, in order; those in the same state are told apart by status. */
  get words(): string[] {
    return this.told.map(({ path, body, status }) =>
      [path, body.conference, ...(status === 200 ? [] : [status])].join(" ")
    );
  }

  /** Resolves when so many requests were answered. */
  async heard(count: number): Promise<void> {
    await eventually(`${count} requests`, () => Promise.resolve(this.told.length >= count))
      .catch((error) => {
        throw new Error(`${error.message}, but:\n${this.words.join("\n")}`);
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname.replace("/waiting-queue", "");
    const body = await request.json();
    const status = await this.answer(path);
    const authorization = request.headers.get("authorization") ?? "";
    this.told.push({ path, body, authorization, status });
    return Response.json({}, { status });
  }
}
