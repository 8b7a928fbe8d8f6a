import type { z } from "zod";

/** One setting. */
export interface Declaration {
  readonly schema: z.ZodType<unknown>;
  /** As an operator would write it; absent: the setting is unset unless it is given. */
  readonly default?: string;
  /** What the table shows where the default is computed. */
  readonly shownDefault?: string;
  readonly doc: string;
}

/** Settings by their names. */
export type Declarations = Readonly<Record<string, Declaration>>;

type ValueOf<D> = D extends { schema: z.ZodType<infer T>; default: string } ? T
  : D extends { schema: z.ZodType<infer T> } ? T | undefined
  : never;

/** The value of each setting, by its name. */
export type ValuesOf<D extends Declarations> = { readonly [N in keyof D]: ValueOf<D[N]> };
