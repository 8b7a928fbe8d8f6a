import { UsageError } from "../usage_error.ts";

/** The service, as its visitors and its backend reach it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** Of the WebSocket. */
  readonly path: string;
  /** The WebSocket, for people. */
  readonly url: string;
  readonly goLiveUrl: string;
}

const WEBSOCKET_PATH = "/visitor/websocket";

/**
 * Reads `ws://host/waiting-queue`, with or without `/visitor/websocket` at its end; `http://` is
 * taken as `ws://`.
 *
 * @param backend `http://host/waiting-queue`; absent: the same host and path.
 * @throws {UsageError} it is no such address.
 */
export function parseTarget(text: string, backend?: string): Target {
  const url = parse("url", text.replace(/^http(s?):/i, "ws$1:"), "ws");
  const base = url.pathname.replace(/\/+$/, "").replace(/\/visitor(\/websocket)?$/, "");
  const secure = url.protocol === "wss:";
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port) || (secure ? 443 : 80),
    secure,
    path: base + WEBSOCKET_PATH,
    url: `${url.protocol}//${url.host}${base}${WEBSOCKET_PATH}`,
    goLiveUrl: backend === undefined
      ? `${secure ? "https" : "http"}://${url.host}${base}/golive`
      : `${parse("backend", backend, "http").href.replace(/\/+$/, "")}/golive`,
  };
}

function parse(name: string, text: string, scheme: string): URL {
  const url = URL.parse(text);
  if (!url || ![`${scheme}:`, `${scheme}s:`].includes(url.protocol)) {
    throw new UsageError(`--${name} is not an address: write ${scheme}://host:port/path`);
  }
  if (url.search || url.hash || url.username || url.password) {
    const rule = "has no more than host, port and path: tokens have options of their own";
    throw new UsageError(`--${name} ${rule}`);
  }
  return url;
}

/** Whether it is this machine, by an address of which there are many. */
export function isLoopback({ host }: Target): boolean {
  return /^127\.|^localhost$/.test(host);
}
