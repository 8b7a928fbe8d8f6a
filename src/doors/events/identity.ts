import { canonicalRoom } from "../../access/conference_name.ts";
import type { ClientPrincipal, Principal, SystemPrincipal } from "../../auth/principal.ts";
import { Acl, type Who } from "./acl.ts";
import { escaped } from "./names.ts";

/** What a token must allow before anything else. */
export const NEEDED_ACL = "websocketd";
/** Of a token that sees all tenants. */
export const ALL_TENANTS = "*";

/** What tokens allow that have no `acl`. The scope of an event narrows it further. */
export const DERIVED_ACLS = {
  moderator: [NEEDED_ACL, "events.users.me.#", "events.conferences.*.#"],
  client: [NEEDED_ACL, "events.users.me.#"],
  system: [NEEDED_ACL, "events.#"],
} as const;

/** Whose events a connection gets: what its token says, in the form in which events are compared. */
export class Identity {
  readonly principal: ClientPrincipal | SystemPrincipal;
  /** `context.user.id`; a system token has none. */
  readonly user: string | undefined;
  readonly acl: Acl;
  readonly who: Who;
  /** Sees the events of all users of its tenants. */
  readonly privileged: boolean;
  /** Canonical, or {@linkcode ALL_TENANTS}. */
  readonly tenant: string;
  /** Two with the same are let in or not with the same conferences. */
  readonly scope: string;

  private constructor(principal: ClientPrincipal | SystemPrincipal, acl: Acl) {
    const { kind, room, tenant, tokenId, session, privileged } = principal;
    this.principal = principal;
    this.acl = acl;
    this.user = kind === "client" ? principal.user?.id : undefined;
    this.who = {
      user: this.user === undefined ? undefined : escaped(this.user),
      session: session ?? tokenId,
    };
    this.privileged = kind === "system" || privileged === true;
    this.tenant = tenant === undefined || tenant === "*" ? ALL_TENANTS : canonicalRoom(tenant);
    this.scope = `${kind} ${JSON.stringify([room, tenant])}`;
  }

  /** Undefined for a token that is of no use here. */
  static of(principal: Principal): Identity | undefined {
    if (principal.kind === "anonymous" || principal.acl === null) return undefined;
    const acl = Acl.of(principal.acl ?? DERIVED_ACLS[Identity.kindOf(principal)]);
    const identity = new Identity(principal, acl);
    return acl.allows(NEEDED_ACL, identity.who) ? identity : undefined;
  }

  /** Whose derived ACL is this one's. */
  static kindOf(principal: ClientPrincipal | SystemPrincipal): keyof typeof DERIVED_ACLS {
    if (principal.kind === "system") return "system";
    return principal.role === "moderator" ? "moderator" : "client";
  }

  /** Whether the token is limited to one room. */
  get inOneRoom(): boolean {
    const { room } = this.principal;
    return room !== undefined && room !== "*";
  }

  /** When the token ends, in milliseconds since the epoch. */
  endsAt(toleranceSec: number, acceptedAt: number): number {
    const end = this.principal.expiresAt * 1_000;
    return acceptedAt < end ? end : end + toleranceSec * 1_000;
  }
}
