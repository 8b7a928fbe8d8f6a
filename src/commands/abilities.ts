/**
 * What somebody may do with a conference, and why not.
 *
 * @module
 */

import type { Principal } from "../auth/principal.ts";
import type { AccessPolicy, Refusal, RefusalCode } from "../access/policy.ts";
import type { ConferenceName } from "../access/conference_name.ts";
import { type Finding, fine, no } from "./finding.ts";

interface Ability {
  readonly name: string;
  readonly allowed: string;
  readonly refusal: (
    access: AccessPolicy,
    principal: Principal,
    conference: ConferenceName,
  ) => Refusal | undefined;
  /** Who may, for whoever is refused by role. */
  readonly role: string;
}

const ABILITIES: readonly Ability[] = [
  {
    name: "wait",
    allowed: "may subscribe to /secured/conference/visitor/topic.{conference}",
    refusal: (access, principal, conference) => access.mayWait(principal, conference),
    role: 'to wait, the token needs context.user.role "visitor"; or set VISITOR_ANY_ROLE=1',
  },
  {
    name: "count",
    allowed: "may subscribe to /secured/conference/state/topic.{conference}",
    refusal: (access, principal, conference) => access.mayCount(principal, conference),
    role: "to see the count, the token needs context.user.moderator true and no role visitor; or " +
      "set MODERATOR_ANY_ROLE=1",
  },
  {
    name: "go live",
    allowed: "may POST /golive and /endlive for it",
    refusal: (access, principal, conference) => access.mayCommand(principal, conference),
    role: "to go live, the token must be signed with a system key and carry no context.user",
  },
];

const NEXT: Readonly<Record<Exclude<RefusalCode, "role">, string>> = {
  room: "have the token made for this room, or for * (any); and see that the name is this one",
  tenant: "have the token made for this tenant (sub), or for *; and see that XMPP_DOMAIN and " +
    "XMPP_MUC_DOMAIN are those of Prosody",
  limited: "have the token made without room and sub",
  feature: "have the token made with the feature in context.features",
};

/** One finding for each thing that can be done. */
export function abilitiesOf(
  principal: Principal,
  conference: ConferenceName,
  access: AccessPolicy,
): Finding[] {
  return ABILITIES.map(({ name, allowed, refusal, role }) => {
    const refused = refusal(access, principal, conference);
    if (!refused) return fine(name, allowed.replace("{conference}", conference.key));
    return no(name, refused.detail, refused.code === "role" ? role : NEXT[refused.code]);
  });
}
