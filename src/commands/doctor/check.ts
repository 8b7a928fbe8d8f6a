/**
 * One look at one thing.
 *
 * @module
 */

import { systemClock } from "../../time/clock.ts";
import type { Env, Settings, Warning } from "../../config/config.ts";
import { within } from "../../time/within.ts";
import { broken, type Finding } from "../finding.ts";
import { reasonOf } from "../../base/reason.ts";
import type { Machine } from "./machine.ts";

/** What every check is given. */
export interface Patient {
  readonly settings: Settings;
  /** What the settings' own checks doubt. */
  readonly warnings: readonly Warning[];
  readonly machine: Machine;
  /** What the settings were read from, and whatever else is in it. */
  readonly env: Env;
}

/** One thing that the doctor looks at. */
export type Check = (patient: Patient) => Finding[] | Promise<Finding[]>;

/** More than the slowest check needs for its own answer that something is silent. */
const TIMEOUT_MS = 20_000;

/** What the check found; a check that fails is a finding too. */
export async function runCheck(name: string, check: Check, patient: Patient): Promise<Finding[]> {
  try {
    return await within(Promise.resolve(check(patient)), TIMEOUT_MS, systemClock);
  } catch (error) {
    return [broken(name, `could not be looked at: ${reasonOf(error)}`)];
  }
}
