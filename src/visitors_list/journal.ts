/**
 * The list of one meeting in the store. Whoever changes it replaces the head, on the condition that
 * it is still the one that was read, so all changes of all machines stand in one order, and what
 * stands there is durable. A head that grows too long gives its tail away as a part; when the parts
 * hold much more than the list itself, the list is written anew.
 *
 * @module
 */

import type { Store } from "../store/store.ts";
import type { Clock } from "../time/clock.ts";
import {
  type Head,
  MAX_PART_OCTETS,
  octetsOf,
  pieces,
  readHead,
  readPart,
  type WrittenChange,
} from "./record.ts";
import type { Roster } from "./roster.ts";
import type { Change } from "./visitor.ts";

/** How long a list is kept after its last change. */
const HEAD_TTL_MS = 24 * 3_600_000;
/**
 * A part outlives every head that names it: a head is written only while its oldest part is younger
 * than {@linkcode HEAD_TTL_MS}, so two thirds of this are left.
 */
const PART_TTL_MS = 3 * HEAD_TTL_MS;
/** The list is written anew when twice as many changes are kept as it has visitors, and these. */
const SPARE_CHANGES = 1_000;
/** Parts that are read or written at a time. */
const PARTS_AT_A_TIME = 16;

const HEADS = "visitors-list/head/";
const PARTS = "visitors-list/part/";

export class Journal {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #key: string;

  constructor(store: Store, clock: Clock, meeting: string) {
    this.#store = store;
    this.#clock = clock;
    this.#key = HEADS + meeting;
  }

  /** @returns `undefined`: there is no list. @throws {StoreError} */
  async head(): Promise<Head | undefined> {
    const [entry] = await this.#store.get([this.#key]);
    return entry && readHead(entry.value, entry.version);
  }

  /** The changes of the parts of `head`. `undefined`: it is not the head any more. @throws {StoreError} */
  async parts({ parts }: Head): Promise<Change[] | undefined> {
    const changes: Change[] = [];
    for (let at = 0; at < parts.length; at += PARTS_AT_A_TIME) {
      const keys = parts.slice(at, at + PARTS_AT_A_TIME).map((part) => PARTS + part);
      for (const entry of await this.#store.get(keys)) {
        const part = entry && readPart(entry.value);
        if (!part) return undefined;
        changes.push(...part);
      }
    }
    return changes;
  }

  /**
   * Puts a piece of changes behind `head`; behind nothing, it begins a list of `conference`.
   *
   * @param roster the list as of `head`.
   * @param piece at most half of {@linkcode MAX_PART_OCTETS}.
   * @returns the new head; `undefined`: `head` is not the head any more, and nothing was changed.
   * @throws {StoreError} whether it was changed is unknown.
   */
  async append(
    head: Head | undefined,
    { conference, roster, piece }: Addition,
  ): Promise<Head | undefined> {
    const before = head ?? {
      life: crypto.randomUUID(),
      conference,
      end: 0,
      kept: 0,
      since: this.#clock.wall(),
      parts: [],
      tail: [],
      version: null,
    };
    const { version, ...fields } = before;
    const next = { ...fields, ...await this.#room(before, roster, piece) };
    next.tail = [...next.tail, ...piece];
    next.end += piece.length;
    next.kept += piece.length;
    const value = JSON.stringify(next);
    const written = await this.#store.set(this.#key, value, {
      ttlMs: HEAD_TTL_MS,
      ifVersion: version,
    });
    const [now, then] = [next.parts, before.parts];
    // Those of the head that was replaced, or those that were written in vain.
    const [stay, go] = written === undefined ? [then, now] : [now, then];
    await this.#forget(go.filter((part) => !stay.includes(part)));
    return written === undefined ? undefined : { ...next, version: written };
  }

  /** Drops the list that `head` is the head of. False: it is not the head any more. @throws {StoreError} */
  async drop(head: Head): Promise<boolean> {
    const dropped = await this.#store.delete(this.#key, { ifVersion: head.version });
    if (dropped) await this.#forget(head.parts);
    return dropped;
  }

  /** Makes room behind `head` for `piece`: what of the head becomes another. */
  async #room(
    head: Room,
    roster: Roster,
    piece: readonly WrittenChange[],
  ): Promise<Pick<Head, "kept" | "since" | "parts" | "tail">> {
    const { kept, since, parts, tail } = head;
    const now = this.#clock.wall();
    const old = parts.length > 0 && now - since > HEAD_TTL_MS;
    const fits = octetsOf(tail) + octetsOf(piece) <= MAX_PART_OCTETS;
    if (fits && !old) return { kept, since, parts, tail };
    if (old || kept + piece.length > 2 * roster.size + SPARE_CHANGES) {
      const joins = roster.visitors().map((visitor): Change => ({ type: "join", ...visitor }));
      const written = await this.#write(pieces(joins, MAX_PART_OCTETS));
      return { kept: roster.size, since: now, parts: written, tail: [] };
    }
    const written = await this.#write([tail]);
    return {
      kept,
      since: parts.length > 0 ? since : now,
      parts: [...parts, ...written],
      tail: [],
    };
  }

  async #write(contents: readonly (readonly WrittenChange[])[]): Promise<string[]> {
    // Short, because a head may name hundreds; 72 bits are no coincidence.
    const parts = contents.map(() => crypto.randomUUID().replaceAll("-", "").slice(0, 18));
    for (let at = 0; at < parts.length; at += PARTS_AT_A_TIME) {
      await Promise.all(
        parts.slice(at, at + PARTS_AT_A_TIME).map((part, i) =>
          this.#store.set(PARTS + part, JSON.stringify(contents[at + i]), { ttlMs: PART_TTL_MS })
        ),
      );
    }
    return parts;
  }

  /** What cannot be deleted now goes when its time is over. */
  async #forget(parts: readonly string[]): Promise<void> {
    for (let at = 0; at < parts.length; at += PARTS_AT_A_TIME) {
      await Promise.allSettled(
        parts.slice(at, at + PARTS_AT_A_TIME).map((part) => this.#store.delete(PARTS + part)),
      );
    }
  }
}

/** What is put behind a head. */
export interface Addition {
  /** The canonical name, for a list that begins. */
  readonly conference: string;
  readonly roster: Roster;
  readonly piece: readonly WrittenChange[];
}

type Room = Pick<Head, "kept" | "since" | "parts" | "tail">;
