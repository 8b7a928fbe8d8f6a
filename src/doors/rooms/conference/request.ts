import { ConferenceNameError } from "../../../access/conference_name.ts";
import type { ClientPrincipal, SystemPrincipal } from "../../../auth/principal.ts";
import { badField, forbidden } from "../errors.ts";
import type { Services } from "../services.ts";
import type { Grant, Session } from "../sessions.ts";
import { LIVE_MODES, type LiveMode } from "./bindings.ts";

/** What a body says of the conference of a room: `null` unbinds. */
export type ConferenceRequest = { readonly key: string; readonly mode: LiveMode } | null;

/**
 * The `conference` of a body; undefined where it has none.
 *
 * @throws {RoomsError} 400 it names none, 403 the session may not.
 */
export function conferenceOf(
  value: unknown,
  session: Session,
  services: Services,
): ConferenceRequest | undefined {
  if (value === undefined || value === null) return value;
  const { name, live = "owner" } = typeof value === "string"
    ? { name: value }
    : value as { name?: unknown; live?: unknown };
  const mode = LIVE_MODES.find((each) => each === live);
  if (typeof name !== "string" || !mode) {
    throw badField(
      `conference should be a name, or {name, live}; live is ${LIVE_MODES.join(", ")}.`,
    );
  }
  try {
    const parsed = services.names.parse(name);
    requireGrant(session.grant, parsed, services);
    return { key: parsed.key, mode };
  } catch (error) {
    if (error instanceof ConferenceNameError) throw badField(error.message);
    throw error;
  }
}

function requireGrant(
  grant: Grant | undefined,
  name: Parameters<Services["access"]["mayCount"]>[1],
  { access, clock }: Services,
): void {
  const refused = () =>
    forbidden("The session was not made with the token of a moderator of this conference.");
  if (!grant || grant.expiresAt * 1_000 <= clock.wall()) throw refused();
  const principal = principalOf(grant);
  const refusal = principal.kind === "system"
    ? access.mayCommand(principal, name)
    : principal.role === "moderator"
    ? access.mayCount(principal, name)
    : { code: "role" };
  if (refusal) throw refused();
}

/** The principal that a session was made with, as far as it is kept. */
export function principalOf(grant: Grant): ClientPrincipal | SystemPrincipal {
  const { kind, role = "participant", room, tenant, expiresAt, tokenId } = grant;
  const issue = { expiresAt, ...(tokenId !== undefined && { tokenId }) };
  return kind === "system"
    ? { kind, room, tenant, ...issue }
    : { kind, role, room: room ?? "", tenant: tenant ?? "", ...issue };
}
