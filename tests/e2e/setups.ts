/** The ways in which the service is run; every end-to-end rule holds in each. */
const SETUPS = [
  { name: "one worker", env: { WORKERS: "1" } },
  { name: "two workers", env: { WORKERS: "2" } },
  { name: "one worker, ws", env: { WORKERS: "1", WEBSOCKET_SERVER: "ws" } },
  { name: "two workers, ws", env: { WORKERS: "2", WEBSOCKET_SERVER: "ws" } },
] as const;

export type Setup = Readonly<Record<string, string>>;

/** Registers a test for each setup. */
export function eachSetup(name: string, run: (env: Setup) => Promise<void>): void {
  for (const setup of SETUPS) Deno.test(`${name} (${setup.name})`, () => run(setup.env));
}
