/**
 * Who comes and goes in the meetings of these tests.
 *
 * @module
 */

import type { ProsodyServer } from "../support/prosody_server.ts";
import { XMPP_DOMAIN, XMPP_MUC_DOMAIN } from "../support/prosody_server.ts";
import { XmppClient } from "../support/xmpp_client.ts";

/** The address of a room. */
export function roomOf(name: string): string {
  return `${name}@${XMPP_MUC_DOMAIN}`;
}

/** Jicofo, which is in each room before anybody else. */
export async function focusIn(prosody: ProsodyServer, room: string): Promise<XmppClient> {
  const focus = await XmppClient.connect(prosody.url, {
    user: "focus",
    domain: `auth.${XMPP_DOMAIN}`,
    // Two connections with one resource would throw each other out.
    resource: crypto.randomUUID(),
  });
  await focus.join(room, "focus");
  return focus;
}

/** A participant. What the nick and the resource say: tests/jitsi/plugins/mod_stand_in_jitsi.lua. */
export async function someoneIn(
  prosody: ProsodyServer,
  room: string,
  nick: string,
  resource = "tab",
): Promise<XmppClient> {
  const client = await XmppClient.connect(prosody.url, { domain: XMPP_DOMAIN, resource });
  await client.join(room, nick);
  return client;
}

/** What jitsi-meet's "Go live" sends. */
export function clickGoLive(moderator: XmppClient, room: string): void {
  moderator.setMetadata(room, "visitors", { live: true });
}
