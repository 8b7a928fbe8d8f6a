/**
 * What a token sees of events, as findings.
 *
 * @module
 */

import type { Principal } from "../auth/principal.ts";
import { ALL_TENANTS, DERIVED_ACLS, Identity, NEEDED_ACL } from "../doors/events/identity.ts";
import { type Finding, fine, no } from "./finding.ts";

/** Of somebody who was accepted; nothing of somebody without a token, who sees none. */
export function eventFindings(principal: Principal): Finding[] {
  if (principal.kind === "anonymous") return [];
  const { acl } = principal;
  if (acl === null) {
    const text = "acl is no array of at most 64 strings of at most 256 characters";
    return [no("acl", text, "without an acl its kind has one of its own; or write it anew")];
  }
  const identity = Identity.of(principal);
  const patterns = acl ?? DERIVED_ACLS[Identity.kindOf(principal)];
  const listed = patterns.join(", ") || "empty";
  if (!identity) {
    const next = `add ${NEEDED_ACL} to it, and see that nothing denies that`;
    return [no("acl", `${listed}: it does not allow ${NEEDED_ACL}`, next)];
  }
  const { user, who, privileged, tenant } = identity;
  const tenants = tenant === ALL_TENANTS ? "all tenants" : `the tenant ${JSON.stringify(tenant)}`;
  const users = privileged
    ? "all users"
    : user === undefined
    ? "everybody"
    : "everybody, or for me";
  return [
    fine("acl", acl ? listed : `${listed} (it has none of its own)`),
    fine("me", user === undefined ? "it names no user" : JSON.stringify(user)),
    fine("my_session", who.session === undefined ? "none" : JSON.stringify(who.session)),
    fine("scope", `events of ${tenants} that are for ${users}`),
  ];
}
