/**
 * The real service in a process of its own.
 *
 * @module
 */

import { TextLineStream } from "./text_line_stream.ts";

const ROOT = new URL("../../", import.meta.url);
/** Only for what never comes: a machine that is busy with other tests may take long. */
const START_MS = 120_000;

/** What the tests use where they set no keys of their own. */
export const KEYS = {
  JWT_APP_SECRET: "client-secret-for-tests-only-0123456789",
  SYSTEM_JWT_SECRET: "system-secret-for-tests-only-0123456789",
};

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly category: string;
  readonly [property: string]: unknown;
}

export interface ServiceOptions {
  /** How many files the process may have open. */
  readonly files?: number;
  /** The entry of the process. Default: `main.ts`. */
  readonly main?: string;
  /** `deno task start`, in a process group of its own, instead of the entry. */
  readonly task?: boolean;
}

/** A running service. Disposing it ends the process. */
export class Service implements AsyncDisposable {
  readonly log: LogLine[] = [];
  /** What the process wrote on stderr. */
  stderr = "";
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<unknown>;
  readonly #waiters = new Set<() => void>();
  readonly #group: boolean;
  port = 0;

  private constructor(
    env: Readonly<Record<string, string>>,
    { files, main = "main.ts", task = false }: ServiceOptions = {},
  ) {
    const run = task ? ["task", "start"] : ["run", "--quiet", "--allow-all", main];
    const command = [Deno.execPath(), ...run];
    const limited = files ? ["sh", "-c", `ulimit -n ${files}; exec "$@"`, "sh"] : [];
    const [program, ...args] = [...limited, ...command];
    this.#child = new Deno.Command(program!, {
      args,
      cwd: ROOT,
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "", ...env },
      clearEnv: true,
      detached: task,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#group = task;
    this.#read = Promise.all([this.#readLog(), this.#readErrors()]);
  }

  /**
   * Starts the service with these settings and waits until it listens. Unless said otherwise it has
   * keys, one worker, any free port of loopback and a store that keeps nothing.
   */
  static async start(
    env: Readonly<Record<string, string>> = {},
    options: ServiceOptions = {},
  ): Promise<Service> {
    const settings = {
      ...KEYS,
      HOST: "127.0.0.1",
      PORT: "0",
      WORKERS: "1",
      KV_PATH: ":memory:",
      DRAIN_MS: "0",
      ...env,
    };
    const service = new Service(settings, options);
    const listening = await service.logged((line) => line.message.startsWith("Listening on"));
    service.port = listening.port as number;
    return service;
  }

  /** `deno task start` with these settings, in a process group of its own. */
  static startTask(env: Readonly<Record<string, string>>): Promise<Service> {
    return Service.start(env, { task: true });
  }

  /** Runs the service with settings that it refuses; resolves with its exit code and stderr. */
  static async refused(env: Readonly<Record<string, string>>): Promise<[number, string]> {
    const service = new Service(env);
    const { code } = await service.exited;
    return [code, service.stderr];
  }

  get pid(): number {
    return this.#child.pid;
  }

  get http(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Resolves when the process has ended and everything that it wrote was read. */
  get exited(): Promise<Deno.CommandStatus> {
    return Promise.all([this.#child.status, this.#read]).then(([status]) => status);
  }

  /** Resolves with the first line of the log, past or future, that `is` accepts. */
  async logged(is: (line: LogLine) => boolean): Promise<LogLine> {
    const timeout = AbortSignal.timeout(START_MS);
    for (let seen = 0;;) {
      for (; seen < this.log.length; seen++) if (is(this.log[seen]!)) return this.log[seen]!;
      await new Promise<void>((resolve, reject) => {
        this.#waiters.add(resolve);
        timeout.addEventListener("abort", () => {
          reject(new Error(`Not logged. The log:\n${JSON.stringify(this.log)}\n${this.stderr}`));
        });
      });
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** As a terminal does at Ctrl-C: the task and the service both get it. */
  killGroup(signal: Deno.Signal): void {
    Deno.kill(-this.pid, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#group) this.killGroup("SIGKILL");
      else this.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.exited;
  }

  async #readLog(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextLineStream())) {
      if (text.startsWith("{")) this.log.push(JSON.parse(text));
      for (const wake of this.#waiters) wake();
      this.#waiters.clear();
    }
    for (const wake of this.#waiters) wake();
  }

  async #readErrors(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextLineStream())) {
      this.stderr += `${text}\n`;
    }
  }
}
