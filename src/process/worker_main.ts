/**
 * The entry of a worker isolate.
 *
 * @module
 */

import { DOORS } from "../app.ts";
import { runWorker } from "./worker.ts";

runWorker(DOORS);
