/**
 * Whether the ports of the settings can be had, said in the words of the settings.
 *
 * @module
 */

/** The service cannot start, and the message says all: there is no fault in the code to look for. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** A port, and the setting that named it. */
export interface WantedPort {
  readonly setting: "PORT" | "METRICS_PORT";
  readonly hostname: string;
  readonly port: number;
}

/**
 * Workers share their port with whoever asks, so another service on it would go unnoticed.
 *
 * @throws {StartError} it cannot be had.
 */
export function assertPortFree(wanted: WantedPort): void {
  if (wanted.port === 0) return;
  try {
    Deno.listen({ hostname: wanted.hostname, port: wanted.port }).close();
  } catch (error) {
    throw cannotListen(wanted, error);
  }
}

/** What to say and to do about an error of listening. */
export function cannotListen(
  { setting, hostname, port }: WantedPort,
  error: unknown,
): StartError {
  return new StartError(
    `Cannot listen on ${hostname}:${port} (${setting}): ${reasonOf(error, setting, port)}`,
    { cause: error },
  );
}

function reasonOf(error: unknown, setting: string, port: number): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `the port is in use. Stop what listens there (ss -ltnp "sport = :${port}"), ` +
      `or set another ${setting}`;
  }
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return `not permitted. Set ${setting} to 1024 or higher: lower ports are for root`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "this machine has no such address. Set HOST to one of its own, or to 0.0.0.0";
  }
  return error instanceof Error ? error.message : String(error);
}
