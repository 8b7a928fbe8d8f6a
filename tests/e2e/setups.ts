import { Service } from "../support/service.ts";

/** Settings of a run. */
export type Setup = Readonly<Record<string, string>>;

/** The WebSocket servers of `WEBSOCKET_SERVER`. */
export const FRONTS = ["deno", "ws"] as const;
export type Front = typeof FRONTS[number];

/** The ways in which the service is run; every end-to-end rule holds in each. */
const SETUPS = FRONTS.flatMap((front) =>
  ["1", "2"].map((workers) => ({
    name: `${workers === "1" ? "one worker" : "two workers"}, ${front}`,
    env: { WORKERS: workers, WEBSOCKET_SERVER: front },
  }))
);

/** Registers a test for each setup. */
export function eachSetup(name: string, run: (env: Setup) => Promise<void>): void {
  for (const setup of SETUPS) Deno.test(`${name} (${setup.name})`, () => run(setup.env));
}

/** A rule of a suite, told which front it is held against. */
export type Rule = (service: Service, front: Front) => Promise<void>;

/** Registers the rules as the steps of a test for each front, all against one service. */
export function eachFront(suite: string, env: Setup, rules: Readonly<Record<string, Rule>>): void {
  for (const front of FRONTS) {
    Deno.test(`${suite} (${front})`, async (t) => {
      await using service = await Service.start({ ...env, WEBSOCKET_SERVER: front });
      for (const [name, rule] of Object.entries(rules)) {
        await t.step(name, () => rule(service, front));
      }
    });
  }
}
