/**
 * Prosody as the queue sees it: what mod_visitors_component of jitsi-meet posts.
 *
 * @module
 */

import { requireProgram } from "./programs.ts";
import type { Service } from "./service.ts";

const LUA = Deno.env.get("LUA") ?? "lua5.4";
/** Where Debian has Prosody's code. */
const SOURCE = Deno.env.get("PROSODY_SOURCE") ?? "/usr/lib/prosody";
const SCRIPT = new URL("../clients/prosody_golive.lua", import.meta.url);

export interface GoLive {
  readonly conference: string;
  /** The header's value. Prosody sends an empty one when it has no key. */
  readonly authorization: string;
}

export interface Answer {
  readonly status: number;
  readonly content: string;
}

export type PostGoLive = (service: Service, goLive: GoLive) => Promise<Answer>;

/** Every way to post that can be run here, by name. */
export function prosodies(): Readonly<Record<string, PostGoLive>> {
  const probe = `package.path = "${SOURCE}/?.lua;" .. package.path; require "util.json"`;
  const real = requireProgram(LUA, ["-e", probe]);
  return { "restated": postRestated, ...(real && { "Prosody's own client": postReal }) };
}

/** The octets that Prosody 0.12 sends. */
async function postRestated({ port }: Service, goLive: GoLive): Promise<Answer> {
  const body = JSON.stringify({ conference: goLive.conference });
  const request = [
    "POST /waiting-queue/golive HTTP/1.1",
    "Content-Type: application/json",
    "Accept: application/json",
    `Host: 127.0.0.1:${port}`,
    `Authorization: ${goLive.authorization}`,
    `Content-Length: ${new TextEncoder().encode(body).length}`,
    "User-Agent: Prosody (0.12.3; posix)",
    "",
    body,
  ].join("\r\n");
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new TextEncoder().encode(request));
  return await readAnswer(conn);
}

async function readAnswer(conn: Deno.Conn): Promise<Answer> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(16_384);
  let text = "";
  for (;;) {
    const [head, content] = text.split("\r\n\r\n");
    const length = /content-length: *(\d+)/i.exec(head ?? "")?.[1];
    if (content !== undefined && content.length >= Number(length)) {
      return { status: Number(head!.split(" ")[1]), content };
    }
    const read = await conn.read(chunk);
    if (read === null) throw new Error(`No whole answer: ${text}`);
    text += decoder.decode(chunk.subarray(0, read), { stream: true });
  }
}

async function postReal({ http }: Service, goLive: GoLive): Promise<Answer> {
  const url = `${http}/waiting-queue/golive`;
  const { stdout } = await new Deno.Command(LUA, {
    args: [SCRIPT.pathname, SOURCE, url, goLive.conference, goLive.authorization],
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}
