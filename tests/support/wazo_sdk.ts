/**
 * `@wazo/sdk` as it is shipped, in a process of its own.
 *
 * @module
 */

import { requireProgram } from "./programs.ts";
import { TextLineStream } from "./text_line_stream.ts";

/** The version that the tests are for. */
const PACKAGE = "@wazo/sdk@0.44.7";
const MAX_MS = 10_000;

let packed: Promise<string | undefined> | undefined;

/**
 * The path of the bundle. The package cannot be installed, because some of what it depends on comes
 * from Git; its packed file alone can be had, and has all of that in it. Undefined where npm or the
 * registry is missing, which is said loudly, and fails with `REQUIRE_ALL=1`.
 */
export function wazoSdk(): Promise<string | undefined> {
  return packed ??= pack();
}

async function pack(): Promise<string | undefined> {
  if (!requireProgram("npm")) return undefined;
  const folder = await Deno.makeTempDir({ prefix: "wazo-sdk-" });
  const { success, stdout } = await new Deno.Command("npm", {
    args: ["pack", PACKAGE, "--silent"],
    cwd: folder,
    stderr: "null",
  }).output();
  if (!success) {
    await Deno.remove(folder, { recursive: true });
    requireProgram("npm", ["view", PACKAGE, "version"]);
    return undefined;
  }
  const file = new TextDecoder().decode(stdout).trim().split("\n").at(-1)!;
  await new Deno.Command("tar", { args: ["xzf", file], cwd: folder }).output();
  addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  return `${folder}/package/dist/wazo-sdk.js`;
}

interface Said {
  readonly what: string;
  readonly value: unknown;
}

/** A process that runs the SDK. */
export class WazoSdk implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #said: Said[] = [];
  readonly #read: Promise<void>;
  #wake = () => {};

  /** @param ca the certificate that it trusts, as a file. */
  constructor(bundle: string, ca: string) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", "tests/clients/wazo_sdk_client.js", bundle],
      cwd: new URL("../../", import.meta.url),
      env: { DENO_CERT: ca },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#read = this.#readLines();
  }

  async do(command: string, options: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const line = JSON.stringify({ do: command, ...options });
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** The next thing of this kind that it has heard, and that was not taken yet. */
  async hears(what: string): Promise<unknown> {
    const end = performance.now() + MAX_MS;
    for (;;) {
      const at = this.#said.findIndex((said) => said.what === what);
      if (at >= 0) return this.#said.splice(at, 1)[0]!.value;
      const left = end - performance.now();
      if (left <= 0) throw new Error(`Not heard: ${what}, but ${JSON.stringify(this.#said)}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, left);
      await promise;
      clearTimeout(timer);
    }
  }

  /** Whether something of this kind was heard and not taken yet. */
  heard(what: string): boolean {
    return this.#said.some((said) => said.what === what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#input.abort().catch(() => {});
    await this.#read;
    await this.#child.status;
  }

  async #readLines(): Promise<void> {
    for await (const line of this.#child.stdout.pipeThrough(new TextLineStream())) {
      // The SDK logs on the same stream.
      if (line.startsWith('{"what"')) this.#said.push(JSON.parse(line));
      this.#wake();
    }
  }
}
