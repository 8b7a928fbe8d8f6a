/**
 * What an operator sees of a running service, and the ports they give it.
 *
 * @module
 */

import { eventually } from "./eventually.ts";
import type { Service } from "./service.ts";

/** Every request has a connection of its own, and so any worker may answer it. */
const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });

/** The status of a GET, and its body as it was sent. */
export async function get(url: string): Promise<{ status: number; body: string }> {
  const response = await fetch(url, { client });
  return { status: response.status, body: await response.text() };
}

/** A number of `/metrics`. @throws {Error} it is not there. */
export async function metric(service: Service, name: string): Promise<number> {
  return (await metrics(service))(name);
}

/**
 * The numbers of `/metrics` as they are now. An answer is kept for a while, so it asks until there is
 * another: each has its own CPU time.
 */
export async function metrics(service: Service): Promise<(name: string) => number> {
  const ask = async () => (await get(`${service.http}/metrics`)).body;
  const kept = await ask();
  let body = kept;
  await eventually("metrics of this moment", async () => (body = await ask()) !== kept);
  return (name) => {
    const line = body.split("\n").find((line) => line.startsWith(`${name} `));
    if (!line) throw new Error(`No ${name} in:\n${body}`);
    return Number(line.slice(name.length + 1));
  };
}

/** A port that nobody listens on, for settings where `0` would not tell which one it became. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Runs the service with settings with which it cannot start; resolves with its code and stdout. */
export async function failedStart(
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; stdout: string }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", "main.ts"],
    cwd: new URL("../../", import.meta.url),
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "", ...env },
    clearEnv: true,
    stderr: "null",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}
