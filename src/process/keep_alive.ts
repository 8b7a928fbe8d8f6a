import { getLogger } from "../log/log.ts";

/**
 * Logs what nobody caught in this isolate instead of ending it: it concerns one connection, and the
 * end would concern all of them.
 */
export function keepAlive(name: string): void {
  const logger = getLogger(name);
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    logger.error("Unhandled: {error}", { error: event.reason });
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    logger.error("Uncaught: {error}", { error: event.error });
  });
}
