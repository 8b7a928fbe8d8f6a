/**
 * Who may do what with which conference (docs/protocol.md, Tokens; J19 to J30).
 *
 * @module
 */

import type { Audience } from "./audience.ts";
import type { ClientPrincipal, Principal, SystemPrincipal } from "../auth/principal.ts";
import { quote } from "../base/quote.ts";
import { canonicalRoom, type ConferenceName } from "./conference_name.ts";

/** What a token lacks, for programs. */
export type RefusalCode = "role" | "room" | "tenant" | "limited" | "feature";

/** In `context.features`: its bearer may see who the visitors of its meeting are. */
export const LIST_FEATURE = "list-visitors";

/** Why not. `detail` is a sentence for whoever holds the token. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
}

/** What the operator allows beyond the roles of tokens. */
export interface AccessPolicyOptions {
  /** Any client token of the room may wait, whatever its role (`VISITOR_ANY_ROLE`). */
  visitorAnyRole: boolean;
  /** Any client token of the room may watch its count, whatever its role (`MODERATOR_ANY_ROLE`). */
  moderatorAnyRole?: boolean;
  /** For a name without tenant, `sub` must be the XMPP domain (`JWT_ENABLE_DOMAIN_VERIFICATION`). */
  domainVerification: boolean;
  xmppDomain?: string | undefined;
}

/** Decides from a principal alone; where it came from does not matter. */
export class AccessPolicy {
  readonly #visitorAnyRole: boolean;
  readonly #moderatorAnyRole: boolean;
  readonly #domainVerification: boolean;
  readonly #xmppDomain: string | undefined;

  constructor(options: AccessPolicyOptions) {
    this.#visitorAnyRole = options.visitorAnyRole;
    this.#moderatorAnyRole = options.moderatorAnyRole ?? false;
    this.#domainVerification = options.domainVerification;
    this.#xmppDomain = options.xmppDomain ? canonicalRoom(options.xmppDomain) : undefined;
  }

  /** Whether `principal` belongs to the audience of what happens to the conference `name`. */
  mayHear(audience: Audience, principal: Principal, name: ConferenceName): Refusal | undefined {
    return audience === "visitors" ? this.mayWait(principal, name) : this.mayCount(principal, name);
  }

  /**
   * Whether there is any conference whose visitors or moderators `principal` may belong to. Who is
   * told at once that there is none does not come back for each of them.
   */
  mayHearAnything(principal: Principal): Refusal | undefined {
    const participant = principal.kind === "client" && principal.role === "participant";
    if (!participant || this.#visitorAnyRole || this.#moderatorAnyRole) return undefined;
    return refuse("role", "the token is neither a visitor's nor a moderator's");
  }

  /** The visitor topic: visitors of the room, backends and SIP gateways, anonymous clients. */
  mayWait(principal: Principal, name: ConferenceName): Refusal | undefined {
    if (principal.kind === "anonymous") return undefined;
    if (principal.kind === "system") return this.#systemScope(principal, name);
    if (principal.role !== "visitor" && !this.#visitorAnyRole) {
      return refuse("role", `only visitors wait, and the token is a ${principal.role}'s`);
    }
    return this.#clientScope(principal, name);
  }

  /** The state topic: moderators of the room, and where it is allowed its other participants. */
  mayCount(principal: Principal, name: ConferenceName): Refusal | undefined {
    const may = principal.kind === "client" &&
      (principal.role === "moderator" || this.#moderatorAnyRole);
    if (!may) {
      return refuse("role", `only moderators see the count, and this is ${describe(principal)}`);
    }
    return this.#clientScope(principal, name);
  }

  /** The visitors list: participants whose token switches it on. Without a name: of any conference. */
  mayList(principal: Principal, name?: ConferenceName): Refusal | undefined {
    const may = principal.kind === "client" && principal.features?.includes(LIST_FEATURE);
    if (!may) {
      return refuse("feature", `only a token with the feature ${LIST_FEATURE} sees the visitors`);
    }
    return name && this.#clientScope(principal, name);
  }

  /** Go live, end live, look at conferences: backends. Without a name: at all of them. */
  mayCommand(principal: Principal, name?: ConferenceName): Refusal | undefined {
    if (principal.kind !== "system") {
      return refuse("role", `this takes a system token, and this is ${describe(principal)}`);
    }
    if (name) return this.#systemScope(principal, name);
    if (isAny(principal.room) && isAny(principal.tenant)) return undefined;
    return refuse("limited", "the token is limited by its room or sub claim to less than this");
  }

  /** Whether what is said of the conference `name` is within the room and the tenant of the token. */
  inScope(principal: Principal, name: ConferenceName): boolean {
    if (principal.kind === "anonymous") return false;
    const refusal = principal.kind === "system"
      ? this.#systemScope(principal, name)
      : this.#clientScope(principal, name);
    return refusal === undefined;
  }

  #clientScope(principal: ClientPrincipal, name: ConferenceName): Refusal | undefined {
    const refusal = roomScope(principal.room, name);
    if (refusal) return refusal;
    if (name.tenant !== undefined) return tenantScope(principal.tenant, name.tenant);
    return this.#domainVerification ? this.#domainScope(principal.tenant) : undefined;
  }

  /**
   * A system token is limited to the claims that it carries, also for a name without tenant: where
   * the domains are not configured every name looks like one.
   */
  #systemScope(principal: SystemPrincipal, name: ConferenceName): Refusal | undefined {
    const { room, tenant } = principal;
    const refusal = room === undefined ? undefined : roomScope(room, name);
    if (refusal || tenant === undefined) return refusal;
    return name.tenant === undefined ? this.#domainScope(tenant) : tenantScope(tenant, name.tenant);
  }

  #domainScope(sub: string): Refusal | undefined {
    if (isAny(sub) || canonicalRoom(sub) === this.#xmppDomain) return undefined;
    return refuse(
      "tenant",
      `the conference has no tenant, so sub must be * or XMPP_DOMAIN (${
        this.#xmppDomain ?? "not set"
      }), not ${quote(sub)}`,
    );
  }
}

function roomScope(claim: string, name: ConferenceName): Refusal | undefined {
  const room = canonicalRoom(claim);
  // A name never holds `*`, so a fullwidth `＊`, canonical `*`, matches nothing.
  if (isAny(claim) || room === name.room) return undefined;
  const hint = encoded(room) === name.room ? "; write the room claim percent-encoded" : "";
  return refuse(
    "room",
    `the token is for the room ${quote(claim)}, not for ${quote(name.room)}${hint}`,
  );
}

function tenantScope(sub: string, tenant: string): Refusal | undefined {
  if (isAny(sub) || canonicalRoom(sub) === tenant) return undefined;
  return refuse(
    "tenant",
    `the token is for the tenant ${quote(sub)} (sub), not for ${quote(tenant)}`,
  );
}

/** Only the claim as written: nothing is a wildcard that merely becomes one. */
function isAny(claim: string | undefined): boolean {
  return claim === undefined || claim === "*";
}

/** As browsers write a room into the conference name; only used to explain a refusal. */
function encoded(room: string): string | undefined {
  return room.isWellFormed() ? encodeURIComponent(room).toLowerCase() : undefined;
}

function describe(principal: Principal): string {
  if (principal.kind === "client") return `a ${principal.role}'s token`;
  return principal.kind === "system" ? "a system token" : "no token";
}

function refuse(code: RefusalCode, detail: string): Refusal {
  return { code, detail };
}
