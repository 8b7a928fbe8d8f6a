/**
 * One request on its way: who sent it, which room it is about and what it says.
 *
 * @module
 */

import type { Principal } from "../../auth/principal.ts";
import type { Call } from "../../http/call.ts";
import type { Found } from "../../rooms/changes.ts";
import type { Known } from "../../rooms/compare.ts";
import { bySeat, isOwner, type Participant } from "../../rooms/room.ts";
import type { Entry, Store } from "../../store/store.ts";
import { within } from "../../time/within.ts";
import {
  badBasic,
  type Challenges,
  type Credentials,
  hawkError,
  parseCredentials,
} from "./credentials.ts";
import { badJson, RoomsError, tokenNotFound, unauthorized } from "./errors.ts";
import {
  checkMac,
  fitsPayload,
  isTimely,
  type Signed,
  staleChallenge,
  targetOf,
} from "./hawk/check.ts";
import type { HawkHeader } from "./hawk/header.ts";
import { takeNonce } from "./nonces.ts";
import type { Services } from "./services.ts";
import type { Session } from "./sessions.ts";

/** A request is answered after two of these at most, less what its body takes. */
const PHASE_MS = 2_300;
/** Eight octets in base64url. */
const ROOM_TOKEN = /^[\w-]{11}$/;

export interface Entrance extends Challenges {
  /** Of a room: whether it is there is said before whether the credentials are good. */
  readonly roomFirst?: boolean;
}

/** The seat of who proves itself by `proof` alone. */
export function guestSeat(proof: string): string {
  return `g${proof}`;
}

export class Visit {
  /** The request, once its MAC was found right. */
  signed: Signed | undefined;
  /** What is asked for, where the endpoint alone does not say it; for the metrics. */
  action: string | undefined;
  credentials: Credentials = { scheme: "none" };
  /** Who signed by Hawk. */
  session: Session | undefined;
  /** Who came with a JWT. */
  principal: Principal | undefined;
  /** The room of the path, where it has one. */
  found: Found | undefined;
  /** What stands where the caller reports, if its seat is this one. */
  reported: Known & { readonly seat: string } | undefined;
  #octets: Uint8Array = new Uint8Array();

  constructor(readonly services: Services, readonly call: Call) {}

  get now(): number {
    return this.services.clock.wall();
  }

  /** @throws {RoomsError} @throws {StoreError} @throws {AuthError} @throws {Problem} */
  async enter(entrance: Entrance): Promise<void> {
    const refused = this.#parse(entrance);
    const token = this.call.path.includes("{token}") ? this.call.parameter("token") : undefined;
    const hawk = this.credentials.scheme === "hawk" ? this.credentials.header : undefined;
    const wrong = refused ?? await this.soon(this.#look(token, hawk));
    if (entrance.roomFirst && !this.found) {
      if (refused && token !== undefined) await this.soon(this.#look(token, undefined));
      if (!this.found) throw tokenNotFound();
    }
    if (wrong) throw wrong;
    if (this.credentials.scheme === "bearer") {
      this.principal = await this.services.authenticate(this.credentials.authorization);
    }
    this.#octets = await this.call.octets();
    if (hawk) await this.soon(this.#finish(hawk));
  }

  /** `work`, as long as the caller may be kept waiting. @throws {DOMException} `TimeoutError` */
  soon<T>(work: Promise<T>): Promise<T> {
    return within(work, PHASE_MS, this.services.clock);
  }

  /** Whether a body was sent. */
  get hasBody(): boolean {
    return this.#octets.length > 0;
  }

  /** The JSON object of the body; an empty one where there is none. @throws {RoomsError} */
  get body(): Readonly<Record<string, unknown>> {
    if (!this.hasBody) return {};
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(this.#octets));
    } catch {
      throw badJson();
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw badJson();
    // Only its own members count: nothing that it inherits is a field.
    return Object.assign(Object.create(null), value);
  }

  /** The room of the path. @throws {RoomsError} there is none. */
  get there(): Found {
    if (!this.found) throw tokenNotFound();
    return this.found;
  }

  /** Whether the caller owns the room, from whichever of its sessions. */
  get isOwner(): boolean {
    return this.session !== undefined && isOwner(this.there.room, this.session);
  }

  /** The caller's own participation. */
  get participant(): Participant | undefined {
    if (this.session) return bySeat(this.there.room, this.session.id);
    return this.credentials.scheme === "basic" ? this.byToken(this.credentials.token) : undefined;
  }

  /** The participation that proves itself by a `sessionToken`. */
  byToken(token: string): Participant | undefined {
    const proof = this.services.vault.fingerprint("participation", token);
    return this.there.room.participants.find((each) => each.proof === proof);
  }

  /** Who signed by Hawk. @throws {RoomsError} nobody did. */
  get signer(): Session {
    if (!this.session) throw unauthorized("Hawk");
    return this.session;
  }

  /** Of a guest that has not joined by a session. */
  #guestSeat(): string | undefined {
    const { credentials } = this;
    return credentials.scheme === "basic"
      ? guestSeat(this.services.vault.fingerprint("participation", credentials.token))
      : undefined;
  }

  #parse(entrance: Entrance): RoomsError | undefined {
    try {
      this.credentials = parseCredentials(this.call.header("authorization"), entrance);
      if (this.credentials.scheme !== "none") return undefined;
      return entrance.schemes.includes("none") ? undefined : unauthorized(entrance.missing);
    } catch (error) {
      if (error instanceof RoomsError) return error;
      throw error;
    }
  }

  /** Reads session and room at once, and says what is wrong with the credentials. */
  async #look(
    token: string | undefined,
    hawk: HawkHeader | undefined,
  ): Promise<RoomsError | undefined> {
    const { store, sessions, rooms } = this.services;
    const session = hawk && sessions.idOf(hawk.id);
    const room = token !== undefined && ROOM_TOKEN.test(token) ? token : undefined;
    // Whoever acts in a room may have something to report.
    const seat = this.call.request.method === "POST" ? session ?? this.#guestSeat() : undefined;
    const [found, known, profile] = await readSome(store, [
      room && rooms.keysOf([room])[0],
      session && sessions.keyOf(session),
      room && seat && rooms.reportKey(room, seat),
    ]);
    if (room !== undefined) this.found = rooms.read(room, found);
    if (room && seat) this.reported = { seat, entry: profile };
    if (hawk) return this.#checkHawk(hawk, await sessions.read(session!, known));
    const basic = this.credentials.scheme === "basic";
    return basic && this.found && !this.participant ? badBasic() : undefined;
  }

  #checkHawk(header: HawkHeader, session: Session | undefined): RoomsError | undefined {
    if (!session || (session.grant && this.services.isRevoked(session.grant))) {
      return hawkError("Unknown credentials");
    }
    this.signed = checkMac(header, session.key, targetOf(this.call.request));
    if (!this.signed) return hawkError("Bad mac");
    if (!isTimely(header, this.now)) {
      return unauthorized(staleChallenge(session.key, this.now), "Stale timestamp");
    }
    this.session = session;
    return undefined;
  }

  async #finish(header: HawkHeader): Promise<void> {
    const { store, vault, sessions } = this.services;
    if (!fitsPayload(header, this.#octets, this.call.header("content-type"))) {
      throw hawkError("Bad payload hash");
    }
    const session = this.session!;
    if (!await takeNonce(store, vault, session.id, header)) throw hawkError("Invalid nonce");
    sessions.touch(session);
  }
}

/** What stands under those of `keys` that are any, in their places, by one read. */
async function readSome(
  store: Store,
  keys: readonly (string | undefined)[],
): Promise<(Entry | undefined)[]> {
  const wanted = keys.filter((key) => key !== undefined);
  const entries = wanted.length === 0 ? [] : await store.get(wanted);
  return keys.map((key) => key === undefined ? undefined : entries[wanted.indexOf(key)]);
}
