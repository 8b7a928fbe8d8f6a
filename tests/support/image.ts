/**
 * Does what an engine would do with the Dockerfile, without one: the same commands in the same
 * order, on a copy of the tree, with the paths of the image moved into a folder. As root it runs
 * them as a user who may write nothing but the volume.
 *
 * @module
 */

import { dirname } from "node:path";
import { eventually } from "./eventually.ts";
import { commandOf, type Instruction, parseDockerfile } from "./dockerfile.ts";

const ROOT = new URL("../../", import.meta.url);
/** The folders of the image that the Dockerfile names. */
const FOLDERS = /(?<=^|[\s=,"'])\/(app|deno-dir|data|keys)\b/g;
/** What the base image calls `deno`. */
const USER = 1993;

type Env = Readonly<Record<string, string>>;

/** An image, built. Disposing it removes it. */
export class Image implements AsyncDisposable {
  readonly instructions: readonly Instruction[];
  readonly #folder: string;
  readonly #env: Record<string, string> = {};

  private constructor(folder: string, instructions: readonly Instruction[]) {
    this.#folder = folder;
    this.instructions = instructions;
  }

  static async build(): Promise<Image> {
    const text = await Deno.readTextFile(new URL("Dockerfile", ROOT));
    const image = new Image(await Deno.makeTempDir({ prefix: "image-" }), parseDockerfile(text));
    try {
      await image.#build();
      return image;
    } catch (error) {
      await image[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where a path of the image is on this machine. */
  path(inImage: string): string {
    return this.#folder + inImage;
  }

  text(name: string): string {
    return this.instructions.findLast((instruction) => instruction.name === name)!.text;
  }

  /** Starts a container with these settings and waits until its health check says so. */
  async run(env: Env): Promise<Container> {
    const container = new Container(this.#spawn(commandOf(this.text("CMD")), env));
    try {
      await eventually("the container is healthy", () => this.isHealthy(env));
      return container;
    } catch (error) {
      container.kill("SIGKILL");
      throw new Error(await container.output, { cause: error });
    }
  }

  /** Starts a container that ends by itself; resolves with its code and all that it wrote. */
  async runToEnd(
    env: Env,
    command: string[] = commandOf(this.text("CMD")),
  ): Promise<[code: number, output: string]> {
    const { code, stdout, stderr } = await this.#spawn(command, env).output();
    return [code, [stdout, stderr].map((text) => new TextDecoder().decode(text)).join("\n")];
  }

  async isHealthy(env: Env): Promise<boolean> {
    const check = this.#spawn(commandOf(this.text("HEALTHCHECK").replace(/^CMD\s+/, "")), env);
    const { code } = await check.output();
    return code === 0;
  }

  /** What the CMD would start, given a limit on file descriptors; prints it instead. */
  async settingsUnder(limit: string, env: Env = {}): Promise<string> {
    const prefix = this.text("CMD").replace(/exec deno run .*/, "echo $MAX_CONNECTIONS");
    const command = ["/bin/sh", "-c", `ulimit -n ${limit}; ${prefix}`];
    const { stdout } = await this.#spawn(command, env).output();
    return new TextDecoder().decode(stdout).trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command("chmod", { args: ["-R", "u+w", this.#folder] }).output();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #build(): Promise<void> {
    await Deno.chmod(this.#folder, 0o755);
    await Deno.mkdir(this.path("/bin"));
    // Where Deno itself is, another user may not be allowed to look.
    await Deno.copyFile(Deno.execPath(), this.path("/bin/deno"));
    for (const { name, text } of this.instructions) {
      if (name === "WORKDIR") await Deno.mkdir(this.path(text));
      if (name === "COPY") await this.#copy(text);
      if (name === "ENV") Object.assign(this.#env, envOf(this.#moved(text)));
      if (name === "RUN") await this.#run(text);
    }
    const readOnly = ["-R", "a-w", this.path("/app"), this.path("/deno-dir")];
    await new Deno.Command("chmod", { args: readOnly }).output();
  }

  async #copy(text: string): Promise<void> {
    const names = text.split(/\s+/);
    const to = names.pop()!;
    for (const name of names) {
      const target = this.path(`/app/${to.endsWith("/") ? `${to}${name}` : to}`);
      await Deno.mkdir(dirname(target), { recursive: true });
      const from = decodeURIComponent(new URL(name, ROOT).pathname);
      const { success } = await new Deno.Command("cp", { args: ["-r", from, target] }).output();
      if (!success) throw new Error(`Cannot copy ${name}`);
    }
  }

  /** As root, with the network, as a build is. */
  async #run(text: string): Promise<void> {
    const { success, stderr } = await new Deno.Command("/bin/sh", {
      args: ["-c", this.#moved(text)],
      cwd: this.path("/app"),
      env: { ...this.#env, PATH: `${this.path("/bin")}:${Deno.env.get("PATH")}` },
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }

  #spawn(command: string[], env: Env): Deno.ChildProcess {
    const [program, ...args] = command.map((word) => this.#moved(word));
    return new Deno.Command(program === "deno" ? this.path("/bin/deno") : program!, {
      args,
      cwd: this.path("/app"),
      env: { PATH: `${this.path("/bin")}:/usr/bin:/bin`, ...this.#env, ...env },
      clearEnv: true,
      stdout: "piped",
      stderr: "piped",
      ...(Deno.uid() === 0 && { uid: USER, gid: USER }),
    }).spawn();
  }

  #moved(text: string): string {
    return text.replaceAll(FOLDERS, (path) => this.path(path));
  }
}

/** A process that runs the image's command. Disposing it ends the process. */
export class Container implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  /** All that it wrote, once it has ended. */
  readonly output: Promise<string>;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.output = Promise.all([child.stdout, child.stderr].map((s) => new Response(s).text()))
      .then((texts) => texts.join("\n"));
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  get exited(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.exited;
    await this.output;
  }
}

function envOf(text: string): Env {
  return Object.fromEntries(text.split(/\s+/).map((pair) => pair.split("=") as [string, string]));
}
