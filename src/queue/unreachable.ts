import { type Answers, BusError } from "../bus/bus.ts";
import { getLogger } from "../log/log.ts";

const logger = getLogger("queue");

/** What was heard where nobody could be asked. */
export const NO_ANSWERS: Answers<never> = { answers: new Map<string, never>(), complete: false };

/**
 * Takes note that other isolates could not be reached: they find what they missed by themselves, so
 * it is told at `level`. Any other error is a fault of the program, and is logged as one.
 *
 * @param doing what failed, after "Cannot".
 */
export function noteUnreachable(
  doing: string,
  error: unknown,
  level: "debug" | "warn" = "debug",
): void {
  logger[error instanceof BusError ? level : "error"]("Cannot {doing}: {error}", { doing, error });
}
