/**
 * nginx of a test's own, in front of a service.
 *
 * @module
 */

import { eventually } from "./eventually.ts";

/** An nginx that runs. Disposing it ends it. */
export class Nginx implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #process: Deno.ChildProcess;

  private constructor(port: number, folder: string, process: Deno.ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#process = process;
  }

  /** Starts it on a free port with these directives inside `server`, and others inside `http`. */
  static async start(port: number, directives: string, http = ""): Promise<Nginx> {
    const folder = await Deno.makeTempDir({ prefix: "nginx-" });
    // Its workers may be another user.
    await Deno.chmod(folder, 0o755);
    await Deno.writeTextFile(`${folder}/nginx.conf`, configuration(folder, port, directives, http));
    const process = new Deno.Command("nginx", {
      args: ["-p", folder, "-e", "stderr", "-c", `${folder}/nginx.conf`],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const nginx = new Nginx(port, folder, process);
    await eventually("nginx answers", async () => {
      const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      await response?.body?.cancel();
      return response !== undefined;
    });
    return nginx;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function configuration(folder: string, port: number, directives: string, http: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  return `
daemon off;
worker_processes 1;
error_log stderr;
pid ${folder}/nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary}
  ${http}
  server {
    listen 127.0.0.1:${port};
    ${directives}
  }
}
`;
}
