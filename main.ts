/**
 * The process: the doors of the house, and the environment that says which are open.
 *
 * @module
 */

import { DOORS } from "./src/app.ts";
import { runService } from "./src/process/service.ts";

if (import.meta.main) {
  await runService({
    doors: DOORS,
    worker: new URL("./src/process/worker_main.ts", import.meta.url),
    env: Deno.env.toObject(),
  });
}
