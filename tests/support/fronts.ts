import { FRONTS, type Setup } from "../e2e/setups.ts";

/** Registers a test for each WebSocket server, for what concerns one connection alone. */
export function eachFront(name: string, run: (env: Setup) => Promise<void>): void {
  for (const WEBSOCKET_SERVER of FRONTS) {
    Deno.test(`${name} (${WEBSOCKET_SERVER})`, () => run({ WEBSOCKET_SERVER }));
  }
}
