/**
 * The service with a door that sends every message back.
 *
 * @module
 */

import { DOORS } from "../../../src/app.ts";
import { runService } from "../../../src/process/service.ts";
import { mirrorDoor } from "./door.ts";

await runService({
  doors: [...DOORS, mirrorDoor],
  worker: new URL("./main.ts", import.meta.url),
  env: Deno.env.toObject(),
});
