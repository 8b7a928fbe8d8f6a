/**
 * Sessions: what a client registers for, and signs its requests by. They stand in the store under a
 * fingerprint, and sealed.
 *
 * @module
 */

import { z } from "zod";
import { BoundedMap } from "../../base/bounded_map.ts";
import type { Principal } from "../../auth/principal.ts";
import { kept } from "../../base/kept.ts";
import { getLogger } from "../../log/log.ts";
import { changeEntry, type Next } from "../../rooms/compare.ts";
import type { Person } from "../../rooms/room.ts";
import type { Entry, Store } from "../../store/store.ts";
import type { Clock } from "../../time/clock.ts";
import { unavailable } from "./errors.ts";
import { credentialsOf, makeSessionToken } from "./hawk/session_token.ts";
import type { Vault } from "./vault.ts";

const DAY_MS = 86_400_000;
/** How long a session lasts without being used. */
export const SESSION_TTL_MS = 30 * DAY_MS;
/** Its use is written down at most so often. */
const TOUCH_MS = DAY_MS;
const MAX_SESSIONS = 100_000;
const MAX_PER_USER = 10;
/** How long it is believed how many there are. */
const COUNT_MS = 60_000;
/** Opened sessions that are remembered; who finds one there is spared to open it. */
const MAX_OPENED = 10_000;

const PREFIX = "rooms/loop/session/";
const logger = getLogger("rooms");

const grantSchema = z.object({
  kind: z.enum(["client", "system"]),
  role: z.enum(["visitor", "moderator", "participant"]).optional(),
  room: z.string().optional(),
  tenant: z.string().optional(),
  expiresAt: z.number(),
  tokenId: z.string().optional(),
});

const sealedSchema = z.object({
  key: z.string(),
  person: z.object({
    id: z.string(),
    tenant: z.string().optional(),
    account: z.string().optional(),
  }).optional(),
  grant: grantSchema.optional(),
  push: z.object({ rooms: z.string().optional(), calls: z.string().optional() }).optional(),
});

const recordSchema = z.object({ user: z.string(), sealed: z.string(), used: z.number() });
const listSchema = z.array(z.string());

/** Where its client wants to be told of changes. */
export interface PushUrls {
  readonly rooms?: string | undefined;
  readonly calls?: string | undefined;
}

/** What the token allows that a session was made with. */
export type Grant = z.infer<typeof grantSchema>;

export interface Session {
  /** Names it in the store, and its seat in rooms. */
  readonly id: string;
  /** Of Hawk. */
  readonly key: string;
  /** The same for all sessions of a registered user; else of this session alone. */
  readonly user: string;
  /** Who registered with a token. */
  readonly person?: Person | undefined;
  readonly grant?: Grant | undefined;
  readonly push?: PushUrls | undefined;
  readonly usedAt: number;
}

export interface SessionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly vault: Vault;
}

export class Sessions {
  readonly #options: SessionOptions;
  readonly #opened = new BoundedMap<string, Session>(MAX_OPENED);
  readonly #count: () => Promise<number>;
  #added = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#count = kept(
      async () => {
        this.#added = 0;
        return (await options.store.keys(PREFIX, MAX_SESSIONS)).length;
      },
      COUNT_MS,
      options.clock,
    );
  }

  /** What names the session of a Hawk id. */
  idOf(hawkId: string): string {
    return `h${this.#options.vault.fingerprint("hawk", hawkId)}`;
  }

  keyOf(id: string): string {
    return PREFIX + id;
  }

  /** What names the user behind `principal`; undefined where it is nobody in particular. */
  userOf(principal: Principal): { user: string; person: Person } | undefined {
    if (principal.kind !== "client" || principal.user?.id === undefined) return undefined;
    const { tenant, user: { id, email } } = principal;
    const user = `u${this.#options.vault.fingerprint("user", `${tenant}\0${id}`)}`;
    return { user, person: { id, tenant, account: email ?? id } };
  }

  /**
   * Makes a session, for `principal` where one is given.
   *
   * @returns the token, 64 hex digits, which is kept nowhere.
   * @throws {RoomsError} there are too many. @throws {StoreError}
   */
  async create(principal: Principal | undefined, push: PushUrls | undefined): Promise<string> {
    if (await this.#count() + this.#added >= MAX_SESSIONS) throw unavailable();
    const token = makeSessionToken();
    const { id: hawkId, key } = credentialsOf(token);
    const id = this.idOf(hawkId);
    const known = principal && this.userOf(principal);
    const session: Session = {
      id,
      key,
      user: known?.user ?? id,
      person: known?.person,
      grant: principal && grantOf(principal),
      push,
      usedAt: this.#options.clock.wall(),
    };
    await this.#write(session);
    this.#added++;
    if (known) await this.#enlist(session);
    return token;
  }

  /** The session that an entry under {@linkcode keyOf} says. */
  async read(id: string, entry: Entry | undefined): Promise<Session | undefined> {
    if (!entry) return undefined;
    // The version names what was written: what was opened of it needs no key again.
    const known = this.#opened.get(entry.version);
    if (known) return known;
    const record = recordSchema.safeParse(parsed(entry.value)).data;
    const text = record && await this.#options.vault.open(record.sealed);
    const sealed = text === undefined ? undefined : sealedSchema.safeParse(parsed(text)).data;
    if (!record || !sealed) return undefined;
    const session = { id, user: record.user, usedAt: record.used, ...sealed };
    this.#opened.set(entry.version, session);
    return session;
  }

  /** Writes down that it is used, once a day. Never fails. */
  touch(session: Session): void {
    const now = this.#options.clock.wall();
    if (now - session.usedAt < TOUCH_MS) return;
    const used = { ...session, usedAt: now };
    Promise.all([this.#write(used), session.person && this.#enlist(used)])
      .catch((error) => logger.debug("Cannot touch a session: {error}", { error: String(error) }));
  }

  /** Other URLs for a session. @throws {StoreError} */
  async setPush(session: Session, push: PushUrls | undefined): Promise<void> {
    await this.#write({ ...session, push, usedAt: this.#options.clock.wall() });
  }

  /** @throws {StoreError} */
  async end(session: Session): Promise<void> {
    await this.#options.store.delete(this.keyOf(session.id));
  }

  /** The URLs for rooms of all sessions of `user`, each once. @throws {StoreError} */
  async pushUrls(user: string): Promise<string[]> {
    const ids = user.startsWith("u") ? await this.#listed(user) : [user];
    const entries = await this.#options.store.get(ids.map((id) => this.keyOf(id)));
    const sessions = await Promise.all(ids.map((id, i) => this.read(id, entries[i])));
    return [...new Set(sessions.flatMap((session) => session?.push?.rooms ?? []))];
  }

  async #write(session: Session): Promise<void> {
    const { id, user, usedAt, key, person, grant, push } = session;
    const sealed = await this.#options.vault.seal(JSON.stringify({ key, person, grant, push }));
    const record = JSON.stringify({ user, sealed, used: usedAt });
    await this.#options.store.set(this.keyOf(id), record, { ttlMs: SESSION_TTL_MS });
  }

  async #listed(user: string): Promise<string[]> {
    const [entry] = await this.#options.store.get([listKey(user)]);
    return decodeList(entry);
  }

  /** Of too many sessions of a user the oldest goes. */
  async #enlist({ user, id }: Session): Promise<void> {
    const ended = await changeEntry(listKey(user), this.#options, (entry): Next<string[]> => {
      const all = [...decodeList(entry).filter((each) => each !== id), id];
      const left = all.slice(-MAX_PER_USER);
      return {
        write: JSON.stringify(left),
        ttlMs: SESSION_TTL_MS,
        value: all.slice(0, -MAX_PER_USER),
      };
    });
    await Promise.all(ended.map((each) => this.#options.store.delete(this.keyOf(each))));
  }
}

function grantOf(principal: Principal): Grant | undefined {
  if (principal.kind === "anonymous") return undefined;
  const { kind, room, tenant, expiresAt, tokenId } = principal;
  return {
    kind,
    ...(kind === "client" && { role: principal.role }),
    room,
    tenant,
    expiresAt,
    tokenId,
  };
}

function listKey(user: string): string {
  return `rooms/loop/user/${user}`;
}

function decodeList(entry: Entry | undefined): string[] {
  return (entry && listSchema.safeParse(parsed(entry.value)).data) ?? [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
