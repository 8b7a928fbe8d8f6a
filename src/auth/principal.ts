/**
 * Who a connection or a request is, as its token says.
 *
 * @module
 */

/**
 * The person that a client token names. Personal data: none of it is ever logged. A field that the
 * token lacks, or has in another form or too long, is absent.
 */
export interface User {
  /** `context.user.id`, at most 255 characters. */
  readonly id?: string;
  /** `context.user.name`; cut after 255 characters. */
  readonly name?: string;
  /** `context.user.email`, at most 320 characters. */
  readonly email?: string;
  /** `context.user.avatar`, a URL of at most 1024 characters. */
  readonly avatar?: string;
}

/** What a token says of the events that its holder may see. What is not said is absent. */
export interface EventClaims {
  /** The access rules for events; `null`: there is a claim, and it is none. */
  readonly acl?: readonly string[] | null;
  /** `session`, at most 255 characters. */
  readonly session?: string;
  /** `admin` or `purpose` says that it sees the events of all users of its tenants. */
  readonly privileged?: true;
}

/** Where a token comes from, and what it says of events. */
interface Issue extends EventClaims {
  /** `jti`, at most 255 characters. */
  readonly tokenId?: string;
  /** `iat`: seconds since the epoch. */
  readonly issuedAt?: number;
}

/** A participant of a meeting, with a client token (docs/protocol.md, Client tokens). */
export interface ClientPrincipal extends Issue {
  readonly kind: "client";
  /** `participant`: neither a visitor nor a moderator. Where a token claims both, visitor wins. */
  readonly role: "visitor" | "moderator" | "participant";
  /** The `room` claim as written; `*` is any room of the tenant. */
  readonly room: string;
  /** The `sub` claim as written: the tenant; `*` is any. */
  readonly tenant: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  readonly user?: User;
  /** `context.features`: the names of what is switched on. Tokens of the same ones share one list. */
  readonly features?: readonly string[];
}

/** A backend or a SIP gateway, with a system token. */
export interface SystemPrincipal extends Issue {
  readonly kind: "system";
  /** Limits the token to a room and to a tenant where the token carries the claim. */
  readonly room: string | undefined;
  readonly tenant: string | undefined;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** A client without a token, where the operator allows it. It may wait and nothing else. */
export interface AnonymousPrincipal {
  readonly kind: "anonymous";
}

/** Whoever speaks: by a client token, a system token, or none. */
export type Principal = ClientPrincipal | SystemPrincipal | AnonymousPrincipal;
