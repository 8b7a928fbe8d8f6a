/**
 * The way of a token through the rules, as findings.
 *
 * @module
 */

import type { Explanation, Step } from "../auth/explain.ts";
import type { Principal } from "../auth/principal.ts";
import { adviceFor } from "./advice.ts";
import { broken, doubtful, type Finding, fine, no, type Section, skipped } from "./finding.ts";

const GROUPS = [
  { prefix: "system: ", title: "As a system token (backends, SIP gateways)" },
  { prefix: "client: ", title: "As a client token (visitors, moderators)" },
] as const;

/** The year 2286 in seconds; in milliseconds, April 1970. */
const FAR_SEC = 10_000_000_000;

/** Says what was decided at the end of the steps. */
const VERDICT = "verdict";

/** Sections from the token itself to the verdict. */
export function tokenSections({ steps, principal }: Explanation): Section[] {
  const own = steps.filter(({ step }) => !step.includes(": ") && step !== VERDICT);
  const groups = GROUPS.map(({ prefix, title }) => ({
    title,
    findings: groupFindings(steps, prefix, principal !== undefined),
  }));
  const sections = [
    { title: "Token", findings: own.map((step) => findingOf(step, step.step, false)) },
    ...groups,
    { title: "Verdict", findings: [verdictOf(steps, principal)] },
  ];
  return sections.filter(({ findings }) => findings.length > 0);
}

function groupFindings(steps: readonly Step[], prefix: string, accepted: boolean): Finding[] {
  const group = steps.filter(({ step }) => step.startsWith(prefix));
  const refused = group.some(({ ok }) => !ok);
  return group.map((step) => {
    const name = step.step.slice(prefix.length);
    const keyLeftOut = name === "key" && refused && step === group.at(-1) && step.ok;
    return keyLeftOut ? skipped(name, step.text) : findingOf(step, name, accepted);
  });
}

/** In a token that is accepted, what fails belongs to the kind or the key that it is not of. */
function findingOf({ step, ok, text }: Step, name: string, accepted: boolean): Finding {
  if (ok) return fine(name, text);
  return accepted ? no(name, text) : broken(name, text, adviceFor(step, text));
}

function verdictOf(steps: readonly Step[], principal: Principal | undefined): Finding {
  if (!principal) {
    const text = steps.find(({ step }) => step === VERDICT)?.text ?? "it is not accepted";
    return broken("refused", text);
  }
  const text = describePrincipal(principal);
  if (principal.kind !== "anonymous" && principal.expiresAt > FAR_SEC) {
    return doubtful(
      "accepted",
      text,
      "exp looks like milliseconds, and so this token never expires: the issuer must write seconds",
    );
  }
  if (principal.kind !== "client" || principal.role !== "participant") {
    return fine("accepted", text);
  }
  return doubtful(
    "accepted",
    text,
    'without context.user.role "visitor" or context.user.moderator true it may wait only where ' +
      "VISITOR_ANY_ROLE=1 is set, and nothing else",
  );
}

/** Who it is, for which room, until when. */
export function describePrincipal(principal: Principal): string {
  switch (principal.kind) {
    case "anonymous":
      return "somebody without a token, who may wait and nothing else (JWT_ALLOW_EMPTY=1)";
    case "system":
      return `a backend or SIP gateway, for ${scopeOf(principal)}${until(principal.expiresAt)}`;
    case "client":
      return `a ${principal.role}, for ${scopeOf(principal)}${until(principal.expiresAt)}`;
  }
}

function scopeOf(claims: { room: string | undefined; tenant: string | undefined }): string {
  const [room, tenant] = [claims.room ?? "*", claims.tenant ?? "*"];
  return `${room === "*" ? "any room" : `the room ${JSON.stringify(room)}`} of ` +
    `${tenant === "*" ? "any tenant" : `the tenant ${JSON.stringify(tenant)}`}`;
}

/** A token may claim a moment that is no date. */
function until(expiresAt: number): string {
  const date = new Date(expiresAt * 1000);
  return Number.isNaN(date.getTime()) ? "" : `, until ${date.toISOString()}`;
}
