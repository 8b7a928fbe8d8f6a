/**
 * The service with one more door.
 *
 * @module
 */

import { DOORS } from "../../../src/app.ts";
import { runService } from "../../../src/process/service.ts";
import { echoDoor } from "./door.ts";

await runService({
  doors: [...DOORS, echoDoor],
  worker: new URL("./worker.ts", import.meta.url),
  env: Deno.env.toObject(),
});
