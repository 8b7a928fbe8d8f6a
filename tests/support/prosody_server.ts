/**
 * Debian's Prosody of a test's own, with a MUC and the modules of `examples/jitsi/prosody`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";
import { freePort } from "./operator.ts";
import { requireProgram } from "./programs.ts";

const OURS = fileURLToPath(new URL("../../examples/jitsi/prosody", import.meta.url));
const STAND_INS = fileURLToPath(new URL("../jitsi/plugins", import.meta.url));
/** Debian has some of Lua's modules for older versions alone, in folders that newer ones read too. */
const LUA_PATH = "/usr/share/lua/5.2/?.lua;/usr/share/lua/5.3/?.lua;;";

export const XMPP_DOMAIN = "meet.example";
export const XMPP_MUC_DOMAIN = "conference.meet.example";
const AUTH_DOMAIN = "auth.meet.example";
/** Where a visitors' Prosody has its own domains. */
export const VISITOR_DOMAIN = "v0.meet.example";

/** Whether Prosody is here, and what the modules need to sign. */
export function hasProsody(): boolean {
  const sign = 'require "openssl.pkey"; require "openssl.digest"';
  return requireProgram("which", ["prosody"]) && requireProgram("lua5.4", ["-e", sign]) &&
    requireProgram("openssl", ["version"]);
}

/** The key pair, made by the kit's own command. */
export interface KeyPair {
  /** Path of the private key. */
  readonly privateKey: string;
  /** Folder with the public key, as `SYSTEM_JWT_PUBLIC_KEY` takes it. */
  readonly publicKeys: string;
}

let keyPair: Promise<KeyPair> | undefined;

/** Made once: it takes long. */
export function kitKeys(): Promise<KeyPair> {
  return keyPair ??= (async () => {
    const folder = await Deno.makeTempDir({ prefix: "keys-" });
    const setup = fileURLToPath(new URL("../../examples/jitsi/setup.sh", import.meta.url));
    const { success, stderr } = await new Deno.Command("sh", { args: [setup, "1", folder] })
      .output();
    if (!success) throw new Error(`No keys: ${new TextDecoder().decode(stderr)}`);
    return { privateKey: `${folder}/private/prosody.key`, publicKeys: `${folder}/public` };
  })();
}

export interface ProsodyOptions {
  /** Lines of the configuration for all hosts. */
  readonly options?: string;
  /** Whether it is a visitors' Prosody. */
  readonly visitors?: boolean;
  /** As the metadata component was shipped once: it asks nobody about what moderators do. */
  readonly asksAlways?: boolean;
}

/** A Prosody that runs. Disposing it ends it. */
export class ProsodyServer implements AsyncDisposable {
  /** Where XMPP over WebSocket is. */
  readonly url: string;
  readonly #folder: string;
  #process: Deno.ChildProcess;

  private constructor(url: string, folder: string, process: Deno.ChildProcess) {
    [this.url, this.#folder, this.#process] = [url, folder, process];
  }

  /** Starts it with its queue at `service`, a URL. */
  static async start(service: string, options: ProsodyOptions = {}): Promise<ProsodyServer> {
    const folder = await Deno.makeTempDir({ prefix: "prosody-" });
    const port = freePort();
    const { privateKey } = await kitKeys();
    const text = configuration(folder, port, service, privateKey, options);
    await Deno.writeTextFile(`${folder}/prosody.cfg.lua`, text);
    const accounts = `${folder}/data/auth%2emeet%2eexample/accounts`;
    await Deno.mkdir(accounts, { recursive: true });
    await Deno.writeTextFile(`${accounts}/focus.dat`, 'return { ["password"] = "focus" };\n');
    const server = new ProsodyServer(`ws://127.0.0.1:${port}`, folder, spawn(folder));
    await eventually("Prosody answers", async () => {
      const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      await response?.body?.cancel();
      return response !== undefined;
    }).catch(async (error) => {
      throw new Error(`${error.message}\n${await server.log()}`);
    });
    return server;
  }

  /** What it wrote. */
  async log(): Promise<string> {
    return await Deno.readTextFile(`${this.#folder}/prosody.log`).catch(() => "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function spawn(folder: string): Deno.ChildProcess {
  return new Deno.Command("prosody", {
    args: ["--config", `${folder}/prosody.cfg.lua`, "-F"],
    env: { LUA_PATH },
    stdout: "null",
    stderr: "null",
  }).spawn();
}

function configuration(
  folder: string,
  port: number,
  service: string,
  privateKey: string,
  { options = "", visitors = false, asksAlways = true }: ProsodyOptions,
): string {
  const domain = visitors ? VISITOR_DOMAIN : XMPP_DOMAIN;
  const modules = visitors
    ? '"fmuc", "waiting_queue", "waiting_queue_visitors"'
    : '"waiting_queue"';
  return `
run_as_root = true
pidfile = "${folder}/prosody.pid"
data_path = "${folder}/data"
log = { { levels = { min = "debug" }, to = "file", filename = "${folder}/prosody.log" } }
certificates = "${folder}"
plugin_paths = { "${OURS}", "${STAND_INS}" }
modules_enabled = { "saslauth", "websocket" }
modules_disabled = { "s2s" }
c2s_ports = {}
c2s_direct_tls_ports = {}
legacy_ssl_ports = {}
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
http_ports = { ${port} }
http_interfaces = { "127.0.0.1" }
https_ports = {}
http_default_host = "${domain}"
consider_websocket_secure = true
admins = { "focus@${AUTH_DOMAIN}" }
muc_mapper_domain_base = "${domain}"
muc_mapper_domain_prefix = "conference"
asap_key_path = "${privateKey}"
asap_key_id = "prosody"
waiting_queue_service = "${service}"
waiting_queue_retry_max = 1
${options}
VirtualHost "${domain}"
    authentication = "anonymous"
VirtualHost "${AUTH_DOMAIN}"
    authentication = "internal_plain"
Component "conference.${domain}" "muc"
    muc_room_locking = false
    muc_room_default_public_jids = true
    modules_enabled = { "stand_in_jitsi", ${modules} }
Component "metadata.${domain}" "stand_in_room_metadata_component"
    muc_component = "conference.${domain}"
    asks_always = ${asksAlways}
`;
}
