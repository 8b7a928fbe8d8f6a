import { DOORS } from "../../src/app.ts";
import { loadSettings } from "../../src/config/config.ts";
import { share } from "../../src/process/shared.ts";
import { Supervisor } from "../../src/process/supervisor.ts";
import type { Store } from "../../src/store/store.ts";
import { KEYS } from "../support/service.ts";

/** Two workers of which each fails when it is told to, see `mortal_worker.ts`. */
export function openMortals(process: string, store: Store): Promise<Supervisor> {
  const env = { ...KEYS, PORT: "0", WORKERS: "2", HOST: "127.0.0.1" };
  const { settings } = loadSettings(env, { doors: DOORS });
  return Supervisor.open({
    settings,
    process,
    shared: share({
      workers: 2,
      maxConnections: 100,
      maxAccepted: 200,
      doors: ["queue", "rest"],
    }),
    maxMemory: Infinity,
    worker: new URL("../support/mortal_worker.ts", import.meta.url),
    store,
  });
}
