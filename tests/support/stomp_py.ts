import { Changes } from "./changes.ts";
import { requireProgram } from "./programs.ts";
import { TextLineStream } from "./text_line_stream.ts";

/** Debian's own: its packages are not seen by another one that comes first in the path. */
const PYTHON = Deno.env.get("PYTHON") ?? "/usr/bin/python3";
const SCRIPT = new URL("../clients/stomp_py_client.py", import.meta.url);

/** Something that happened to the client. */
export interface StompPyEvent {
  readonly event: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface StompPyOptions {
  readonly url: string;
  readonly token: string;
  readonly destination: string;
  readonly beatMs: number;
  readonly version: "1.1" | "1.2";
}

/** Whether stomp.py and websocket-client are installed. */
export function stompPyAvailable(): boolean {
  return requireProgram(PYTHON, ["-c", "import stomp, websocket"]);
}

/** A visitor on stomp.py, in a process of its own. */
export class StompPy implements AsyncDisposable {
  readonly events: StompPyEvent[] = [];
  readonly #changes = new Changes();
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<void>;
  #over = false;

  constructor({ url, token, destination, beatMs, version }: StompPyOptions) {
    this.#child = new Deno.Command(PYTHON, {
      args: [SCRIPT.pathname, url, token, destination, String(beatMs), version],
      stdout: "piped",
    }).spawn();
    this.#read = this.#readEvents();
  }

  count(event: string): number {
    return this.events.filter((e) => e.event === event).length;
  }

  /** Resolves with the first event of this kind. */
  async first(event: string): Promise<StompPyEvent> {
    await this.until(() => this.count(event) > 0);
    return this.events.find((e) => e.event === event)!;
  }

  until(is: () => boolean): Promise<void> {
    return this.#changes.until(is, () => this.events);
  }

  /** Resolves when the process has ended by itself. */
  async ended(): Promise<void> {
    await this.until(() => this.#over);
    await this.#child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#read;
    await this.#child.status;
  }

  async #readEvents(): Promise<void> {
    for await (const line of this.#child.stdout.pipeThrough(new TextLineStream())) {
      this.events.push(JSON.parse(line));
      this.#changes.wake();
    }
    this.#over = true;
    this.#changes.wake();
  }
}
