/**
 * Redis servers of a test's own: on a free port, in a folder of their own, gone with the test.
 *
 * @module
 */
import { Redis } from "ioredis";
import { requireProgram } from "./programs.ts";

const PROGRAM = "redis-server";

/** Another program may take the free port first; then there is another. */
const MAX_PORTS_TRIED = 5;

const ELAPSE = `
  for _, key in ipairs(redis.call("KEYS", "*")) do
    local left = redis.call("PTTL", key)
    if left >= 0 then redis.call("PEXPIRE", key, left - ARGV[1]) end
  end`;

/** Whether `redis-server` is installed; says loudly where it is not. */
export function redisAvailable(): boolean {
  return requireProgram(PROGRAM);
}

/** A server that runs, and can be killed, held and started again. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #args: readonly string[];
  #process: Deno.ChildProcess | undefined;
  #output: Promise<void> = Promise.resolve();

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#args = args;
  }

  /** Starts a server with further arguments such as `--requirepass secret`. */
  static async start(...args: string[]): Promise<RedisServer> {
    const folder = await Deno.makeTempDir({ prefix: "redis-" });
    for (let tried = 1;; tried++) {
      const server = new RedisServer(freePort(), folder, args);
      try {
        await server.startAgain();
        return server;
      } catch (error) {
        if (tried < MAX_PORTS_TRIED) continue;
        await Deno.remove(folder, { recursive: true });
        throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the server on the same port, after {@linkcode kill}. Resolves when it is ready. */
  async startAgain(): Promise<void> {
    this.#process = new Deno.Command(PROGRAM, {
      args: [
        ...this.#args,
        ...["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.#folder],
        ...["--save", "", "--loglevel", "notice"],
      ],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const ready = Promise.withResolvers<void>();
    ready.promise.catch(() => {});
    this.#output = readLog(this.#process.stdout, ready);
    try {
      await ready.promise;
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Ends the server as a crash would. What it held is lost. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process) return;
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await process.status;
    await this.#output;
  }

  /** Holds the server: its sockets stay open and nothing is answered. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Runs commands, one after the other, on a connection of their own; gives their replies. */
  async command(...commands: (readonly [string, ...(string | number)[]])[]): Promise<unknown[]> {
    const password = this.#args[this.#args.indexOf("--requirepass") + 1];
    const client = new Redis({
      port: this.port,
      lazyConnect: true,
      retryStrategy: null,
      ...(this.#args.includes("--requirepass") && password && { password }),
    });
    const ended = new Promise((resolve) => client.once("end", resolve));
    client.on("error", () => {});
    try {
      await client.connect();
      const replies: unknown[] = [];
      for (const [name, ...args] of commands) replies.push(await client.call(name, ...args));
      return replies;
    } finally {
      client.disconnect();
      await ended;
    }
  }

  /** Resolves when a replica of this server confirms what is written. */
  async replicated(): Promise<void> {
    for (;;) {
      const [, confirmed] = await this.command(["SET", "mark", 1], ["WAIT", 1, 500], [
        "DEL",
        "mark",
      ]);
      if (Number(confirmed) > 0) return;
    }
  }

  /** Lets `ms` pass for all keys, by shortening what they still have. */
  async elapse(ms: number): Promise<void> {
    await this.command(["EVAL", ELAPSE, 0, ms]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Reads the log to its end; settles `ready` by what it says. */
async function readLog(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
  ready: PromiseWithResolvers<void>,
): Promise<void> {
  let text = "";
  for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
    text = (text + chunk).slice(-10_000);
    if (/Ready to accept connections|Sentinel ID is/.test(text)) ready.resolve();
  }
  ready.reject(new Error(`${PROGRAM} ended before it was ready:\n${text}`));
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
