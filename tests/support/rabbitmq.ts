/**
 * A RabbitMQ node of a test's own with its Web-STOMP plugin: in a folder of its own, on loopback
 * alone, gone with the test.
 *
 * @module
 */

import { freePort } from "./operator.ts";
import { requireProgram } from "./programs.ts";
import { TextLineStream } from "./text_line_stream.ts";

/** The program itself: the one on the path is a wrapper that starts the machine's own node. */
const PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/** The account that a node has from the start; it may be used from loopback alone. */
export const ACCOUNT = { login: "guest", passcode: "guest" };

const START_MS = 60_000;

/** Whether RabbitMQ is installed; see {@linkcode requireProgram}. */
export function rabbitMqAvailable(): boolean {
  const all = [
    requireProgram("test", ["-x", PROGRAM]),
    // It exits with 1 whatever it is asked.
    requireProgram("sh", ["-c", "command -v epmd"]),
  ];
  return all.every(Boolean);
}

/** A node that runs. */
export class RabbitMq implements AsyncDisposable {
  private constructor(
    /** The port of Web-STOMP. */
    readonly port: number,
    /** As the node says it. */
    readonly version: string,
    readonly stack: AsyncDisposableStack,
  ) {}

  /** Starts a node that speaks STOMP over WebSocket at `path`. */
  static async start(path: string): Promise<RabbitMq> {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "rabbitmq-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const [port, names, nodes] = [freePort(), freePort(), freePort()];
    await Deno.writeTextFile(`${folder}/rabbitmq.conf`, configuration(port, path));
    await Deno.writeTextFile(`${folder}/enabled_plugins`, "[rabbitmq_web_stomp].\n");
    const env = environment(folder, names, nodes);
    stack.use(new Child("epmd", ["-port", String(names), "-address", "127.0.0.1"], env));
    const node = stack.use(new Child(PROGRAM, ["-noinput"], env));
    await node.said(/Server startup complete/);
    const version = await node.said(/Starting RabbitMQ (\S+)/);
    return new RabbitMq(port, version, stack.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack.disposeAsync();
  }
}

function configuration(port: number, path: string): string {
  return [
    "listeners.tcp = none",
    "stomp.listeners.tcp = none",
    "web_stomp.tcp.ip = 127.0.0.1",
    `web_stomp.tcp.port = ${port}`,
    `web_stomp.ws_path = ${path}`,
    "log.console = true",
    "log.file = false",
    "",
  ].join("\n");
}

/** Everything that a node keeps or asks for is in `folder` or on the two ports. */
function environment(folder: string, names: number, nodes: number): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "",
    LANG: "C.UTF-8",
    HOME: folder,
    ERL_EPMD_PORT: String(names),
    RABBITMQ_NODENAME: `peer-${names}@localhost`,
    RABBITMQ_DIST_PORT: String(nodes),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    RABBITMQ_CONF_ENV_FILE: "/dev/null",
    RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq.conf`,
    RABBITMQ_ADVANCED_CONFIG_FILE: `${folder}/none.config`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/enabled_plugins`,
    RABBITMQ_MNESIA_BASE: `${folder}/mnesia`,
    RABBITMQ_LOG_BASE: `${folder}/log`,
    RABBITMQ_LOGS: "-",
    RABBITMQ_PID_FILE: `${folder}/pid`,
    // The script then becomes the node instead of watching over it, so its end is the node's end.
    RABBITMQ_ALLOW_INPUT: "1",
  };
}

/** A program whose output is read. Disposing ends it. */
class Child implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #output = "";
  #wake = Promise.withResolvers<void>();
  #ended = false;

  constructor(program: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = new Deno.Command(program, {
      args: [...args],
      env: { ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#reading = this.#read();
  }

  /** Resolves with the first group of `pattern`, or with all of it, once it was written. */
  async said(pattern: RegExp): Promise<string> {
    const late = AbortSignal.timeout(START_MS);
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match) return match[1] ?? match[0];
      if (this.#ended || late.aborted) throw new Error(`Not written: ${pattern}\n${this.#output}`);
      await Promise.race([
        this.#wake.promise,
        new Promise((resolve) => late.addEventListener("abort", resolve)),
      ]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const line of this.#child.stdout.pipeThrough(new TextLineStream())) {
      this.#output += `${line}\n`;
      this.#notify();
    }
    this.#ended = true;
    this.#notify();
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
