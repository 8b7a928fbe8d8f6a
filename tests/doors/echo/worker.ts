/**
 * A worker of the service with one more door.
 *
 * @module
 */

import { DOORS } from "../../../src/app.ts";
import { runWorker } from "../../../src/process/worker.ts";
import { echoDoor } from "./door.ts";

runWorker([...DOORS, echoDoor]);
