/**
 * Chromium over its DevTools protocol, without what a test driver does to keep hidden tabs awake.
 *
 * @module
 */

import { CHROMIUM, CHROMIUM_FLAGS } from "./chromium.ts";
import { TextLineStream } from "./text_line_stream.ts";

const FLAGS = [...CHROMIUM_FLAGS, "--headless", "--remote-debugging-port=0"];

const MAX_TRIES = 20;

const LOADED = `new Promise((resolve) => {
  document.readyState === "complete" ? resolve() : addEventListener("load", () => resolve());
})`;

interface Reply {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A browser of its own, with a profile of its own. */
export class Devtools implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #profile: string;
  readonly #calls = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  #socket: WebSocket | undefined;
  #output: Promise<void> = Promise.resolve();
  #lastId = 0;

  private constructor(process: Deno.ChildProcess, profile: string) {
    this.#process = process;
    this.#profile = profile;
  }

  static async open(flags: readonly string[] = []): Promise<Devtools> {
    const profile = await Deno.makeTempDir();
    const args = [...FLAGS, `--user-data-dir=${profile}`, ...flags, "about:blank"];
    const process = new Deno.Command(CHROMIUM, { args, stdout: "null", stderr: "piped" }).spawn();
    const devtools = new Devtools(process, profile);
    await devtools.#connect();
    return devtools;
  }

  /** Opens a tab in front of the others, which are hidden by it. */
  async openTab(url: string): Promise<DevtoolsTab> {
    const { targetId } = await this.call("Target.createTarget", { url: "about:blank" });
    await this.call("Target.activateTarget", { targetId });
    const { sessionId } = await this.call("Target.attachToTarget", { targetId, flatten: true });
    const tab = new DevtoolsTab(this, String(sessionId));
    await this.call("Page.navigate", { url }, tab.sessionId);
    await tab.evaluate(LOADED);
    return tab;
  }

  /** @throws {Error} the browser refuses. */
  call(method: string, params: object, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#lastId;
    const call = Promise.withResolvers<Record<string, unknown>>();
    this.#calls.set(id, call);
    this.#socket!.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
    return call.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket?.addEventListener("close", resolve));
    await this.call("Browser.close", {});
    await closed;
    await this.#process.status;
    await this.#output;
    await this.#removeProfile();
  }

  /** The browser's helpers may still write to it for a moment. */
  async #removeProfile(): Promise<void> {
    for (let tried = 1;; tried++) {
      try {
        return await Deno.remove(this.#profile, { recursive: true });
      } catch (error) {
        if (tried === MAX_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async #connect(): Promise<void> {
    const address = Promise.withResolvers<string>();
    this.#output = this.#readOutput(address);
    const socket = this.#socket = new WebSocket(await address.promise);
    socket.onmessage = ({ data }) => this.#settle(JSON.parse(data));
    socket.onclose = () => {
      for (const call of this.#calls.values()) call.reject(new Error("Chromium has ended"));
    };
    await new Promise((resolve) => socket.onopen = resolve);
  }

  #settle({ id, result, error }: Reply): void {
    const call = this.#calls.get(id ?? 0);
    this.#calls.delete(id ?? 0);
    if (error) call?.reject(new Error(error.message));
    else call?.resolve(result ?? {});
  }

  async #readOutput(address: PromiseWithResolvers<string>): Promise<void> {
    for await (const line of this.#process.stderr.pipeThrough(new TextLineStream())) {
      const found = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (found) address.resolve(found);
    }
    address.reject(new Error("Chromium ended before it was ready"));
  }
}

/** One tab. */
export class DevtoolsTab {
  constructor(readonly devtools: Devtools, readonly sessionId: string) {}

  /** The value of an expression, awaited. @throws {Error} it throws. */
  async evaluate(expression: string): Promise<unknown> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const answer = await this.devtools.call("Runtime.evaluate", options, this.sessionId);
    if (answer.exceptionDetails) throw new Error(JSON.stringify(answer.exceptionDetails));
    return (answer.result as { value?: unknown }).value;
  }
}
