/**
 * What stands in the store for one meeting: a *head*, which is the last word on the list, and the
 * *parts* that it names, each of them changes one after another.
 *
 * @module
 */

import * as z from "zod";
import type { Version } from "../store/store.ts";
import type { Change } from "./visitor.ts";

/** The most octets of the changes that stand in a head itself, and of those of a part. */
export const MAX_PART_OCTETS = 40 * 1024;

const changeSchema = z.tuple([z.enum(["j", "l"]), z.string(), z.string()]).readonly();
/** A change as it is written: what happened, the id, the name. */
export type WrittenChange = z.infer<typeof changeSchema>;
export const changesSchema = z.array(changeSchema).readonly();

const headSchema = z.object({
  /** Of this list, from its first visitor until it is dropped: another one of the meeting has another. */
  life: z.string(),
  /** The canonical name of the conference. */
  conference: z.string(),
  /** How many changes there ever were. */
  end: z.int().min(0),
  /** How many of them stand in the parts and in the tail. */
  kept: z.int().min(0),
  /** When the oldest part was written, in milliseconds since the epoch. */
  since: z.number(),
  /** The parts, the oldest first. */
  parts: z.array(z.string()).readonly(),
  /** The last changes. */
  tail: changesSchema,
});

/** A head with its version in the store. */
export interface Head extends z.infer<typeof headSchema> {
  readonly version: Version;
}

export function readHead(value: string, version: Version): Head | undefined {
  const head = headSchema.safeParse(parse(value)).data;
  return head && { ...head, version };
}

export function readPart(value: string): readonly Change[] | undefined {
  return changesSchema.safeParse(parse(value)).data?.map(readChange);
}

export function readChange([type, id, name]: WrittenChange): Change {
  return { type: type === "j" ? "join" : "leave", id, name };
}

export function writeChange({ type, id, name }: Change): WrittenChange {
  return [type === "join" ? "j" : "l", id, name];
}

/** `changes` in pieces of at most `octets` of JSON each, in their order. */
export function pieces(changes: Iterable<Change>, octets: number): WrittenChange[][] {
  const all: WrittenChange[][] = [];
  let length = Infinity;
  for (const change of changes) {
    const written = writeChange(change);
    const own = octetsOf(written) + 1;
    if (length + own > octets) {
      all.push([]);
      length = 2;
    }
    all.at(-1)!.push(written);
    length += own;
  }
  return all;
}

const utf8 = new TextEncoder();

/** The octets of `value` as JSON. */
export function octetsOf(value: unknown): number {
  return utf8.encode(JSON.stringify(value)).length;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
