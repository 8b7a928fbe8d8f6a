/**
 * How a setting is declared, by the service and by its doors.
 *
 * @module
 */

import type { z } from "zod";
import type { Remarks } from "./remark.ts";

/** One setting. All that is said and done about it follows from here. */
export interface Declaration {
  /** Reads the text of the variable. Its description completes "accepted: ...". */
  readonly schema: z.ZodType<unknown>;
  /** As an operator would write it; absent: the setting is unset unless it is given. */
  readonly default?: string;
  /** The default in demo mode, where that is another one. */
  readonly demoDefault?: string;
  /** What the table shows where the default is computed. */
  readonly shownDefault?: string;
  /** One or more sentences for the table. */
  readonly doc: string;
  /** A key of tokens: with any of them set, this is no demo. */
  readonly key?: true;
  /**
   * Only a service with keys has it: without one it is a mistake, unless the operator insists on the
   * demo. A function tells by the text of the variable.
   */
  readonly production?: true | ((text: string) => boolean);
  /** Its value is never shown. */
  readonly secret?: true;
}

/** Settings by name. */
export type Declarations = Readonly<Record<string, Declaration>>;

type ValueOf<D> = D extends { schema: z.ZodType<infer T>; default: string } ? T
  : D extends { schema: z.ZodType<infer T> } ? T | undefined
  : never;

/** The value of each setting, by its name; `undefined` for one that is not set. */
export type ValuesOf<D extends Declarations> = { readonly [N in keyof D]: ValueOf<D[N]> };

/** What a door declares. */
export interface DoorSettings<D extends Declarations = Declarations> {
  /** As `DOORS` lists it. */
  readonly name: string;
  /** It is open whatever `DOORS` says, and not listed there. */
  readonly always?: true;
  /** It is open in demo mode alone, and not listed in `DOORS`. */
  readonly demoOnly?: true;
  /** Two doors may share a setting: the same object under the same name. */
  readonly settings: D;
  /** What is wrong or doubtful about values that are each well-formed; asked while it is open. */
  check?(values: ValuesOf<D>, around: Around): Remarks;
}

/** What the checks of a door may look at besides its own settings. */
export interface Around {
  readonly demo: boolean;
  readonly deploy: boolean;
}

/** Declares a door's settings, so that its check knows the types of their values. */
export function declareDoor<const D extends Declarations>(door: DoorSettings<D>): DoorSettings<D> {
  return door;
}
