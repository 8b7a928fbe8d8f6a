/**
 * The files of the demo page, with the headers that each is served with.
 *
 * @module
 */

// Puts the package into the module graph: without it Deno does not resolve its files.
import "@stomp/stompjs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** A file of the page. */
export interface Asset {
  readonly content: string;
  readonly type: string;
  /** Whether a page of another origin may use it, as `examples/visitor.html` does. */
  readonly shared: boolean;
}

/** The files by their names. */
export type Assets = ReadonlyMap<string, Asset>;

/** The name of the page itself. */
export const PAGE = "demo.html";

const SCRIPT = "text/javascript; charset=utf-8";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: SCRIPT,
  svg: "image/svg+xml",
};

const FILES = [
  PAGE,
  "icon.svg",
  "base.css",
  "controls.css",
  "stage.css",
  "visitors.css",
  "frames.css",
  "events.css",
  "rooms.html",
  "rooms.css",
  "api.js",
  "chart.js",
  "crowd.js",
  "dom.js",
  "events.js",
  "format.js",
  "frame.js",
  "frames.js",
  "grid.js",
  "hawk.js",
  "history.js",
  "inspector.js",
  "moderator.js",
  "pacing.js",
  "page.js",
  "release.js",
  "room.js",
  "rooms.js",
  "session.js",
  "snippets.js",
  "stage.js",
  "stomp.js",
  "theme.js",
  "visitor.js",
];

/** Reads every file, once. @throws {Deno.errors.NotFound} one is missing. */
export function readAssets(): Assets {
  const assets = new Map<string, Asset>();
  for (const file of FILES) {
    const type = TYPES[file.slice(file.lastIndexOf(".") + 1)]!;
    assets.set(file, {
      content: read(new URL(`./page/${file}`, import.meta.url)),
      type,
      shared: false,
    });
  }
  assets.set("stomp.umd.js", { content: readStompClient(), type: SCRIPT, shared: true });
  return assets;
}

/** The bundle for browsers: the package's `exports` hide its path, its `require` entry is it. */
function readStompClient(): string {
  const path = createRequire(import.meta.url).resolve("@stomp/stompjs");
  // The map is not served, and a browser's tools would ask for it.
  return read(pathToFileURL(path)).replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
}

function read(url: URL): string {
  return Deno.readTextFileSync(url);
}

/**
 * No inline script, nothing from elsewhere, in nobody's frame: the page holds a system token.
 * `'self'` covers WebSockets in some browsers only, so those of this server are named.
 */
const policyAt = (host: string) =>
  [
    "default-src 'self'",
    `connect-src 'self' ws://${host} wss://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join("; ");

/** The headers of `asset`, asked for at `host`. Always asked for anew: the next start may serve another version. */
export function assetHeaders(asset: Asset, host: string): Record<string, string> {
  return {
    "content-type": asset.type,
    "cache-control": "no-cache",
    "content-security-policy": policyAt(host),
    "cross-origin-resource-policy": asset.shared ? "cross-origin" : "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}
