/**
 * Who a connection or a request is, as its token says.
 *
 * @module
 */

/** A participant of a meeting, with a client token (docs/protocol.md, Client tokens). */
export interface ClientPrincipal {
  readonly kind: "client";
  /** `participant`: neither a visitor nor a moderator. Where a token claims both, visitor wins. */
  readonly role: "visitor" | "moderator" | "participant";
  /** The `room` claim as written; `*` is any room of the tenant. */
  readonly room: string;
  /** The `sub` claim as written: the tenant; `*` is any. */
  readonly tenant: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** A backend or a SIP gateway, with a system token. */
export interface SystemPrincipal {
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

export type Principal = ClientPrincipal | SystemPrincipal | AnonymousPrincipal;
