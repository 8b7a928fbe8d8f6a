/**
 * Which conferences there may be.
 *
 * @module
 */

import { ConferenceNameError, ConferenceNames } from "../../access/conference_name.ts";
import { broken, doubtful, type Finding, fine } from "../finding.ts";
import type { Patient } from "./check.ts";

const NEXT = "set XMPP_DOMAIN and XMPP_MUC_DOMAIN to what Prosody has (docker-jitsi-meet: " +
  "meet.jitsi and muc.meet.jitsi)";

/** Whether the domains are set, and what a name is under them. */
export function nameCheck({ settings: { xmpp } }: Patient): Finding[] {
  try {
    const names = new ConferenceNames({ xmppDomain: xmpp.domain, mucDomain: xmpp.mucDomain });
    const { doubt } = names;
    if (doubt) return [doubtful("conferences", `${doubt.setting} ${doubt.text}`, NEXT)];
    const plain = names.parse(`room@${xmpp.mucDomain}`);
    const tenant = names.parse(`[tenant]room@${xmpp.mucDomain}`);
    return [fine("conferences", `${plain.key}; with a tenant ${tenant.key}`)];
  } catch (error) {
    if (!(error instanceof ConferenceNameError)) throw error;
    return [broken("conferences", error.message, NEXT)];
  }
}
