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
 * Reads `ws://host/waiting-queue`, with or without `/visitor/websocket` at its end.
 *
 * @throws {UsageError} it is no such address.
 */
export function parseTarget(text: string): Target {
  const url = URL.parse(text);
  if (!url || !/^wss?:$/.test(url.protocol)) {
    throw new UsageError("--url is not an address: write ws://host:port/path or wss://host/path");
  }
  if (url.search || url.hash || url.username || url.password) {
    throw new UsageError("--url has no more than host, port and path: the token goes into --token");
  }
  const base = url.pathname.replace(/\/+$/, "").replace(/\/visitor(\/websocket)?$/, "");
  const secure = url.protocol === "wss:";
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port) || (secure ? 443 : 80),
    secure,
    path: base + WEBSOCKET_PATH,
    url: `${url.protocol}//${url.host}${base}${WEBSOCKET_PATH}`,
    goLiveUrl: `${secure ? "https" : "http"}://${url.host}${base}/golive`,
  };
}

/** Whether it is this machine, by an address of which there are many. */
export function isLoopback({ host }: Target): boolean {
  return /^127\.|^localhost$/.test(host);
}
