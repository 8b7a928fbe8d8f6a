/**
 * The browser that tests start, with a driver or without.
 *
 * @module
 */

import { requireProgram } from "./programs.ts";

export const CHROMIUM: string = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";

/** No sandbox: containers do not allow it. The rest keeps the browser from calling home. */
export const CHROMIUM_FLAGS: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Whether tests in a browser can run here; where they cannot, it says so loudly. */
export function chromiumAvailable(): boolean {
  return requireProgram(CHROMIUM);
}

/** Registers a test that needs the browser, where there is one. */
export function inBrowser(name: string, run: () => Promise<void>): void {
  if (chromiumAvailable()) Deno.test(name, run);
}
