import { ConferenceNames } from "../../src/access/conference_name.ts";

/** More than are remembered, so that each of them is parsed anew whenever its turn comes. */
const NAMES = 4_096;

const names = new ConferenceNames({
  xmppDomain: "meet.example",
  mucDomain: "conference.meet.example",
});

/** Names of one form, each of them once, over and over. */
function forms(form: (n: number) => string): () => string {
  const texts = Array.from({ length: NAMES }, (_, n) => form(n));
  let next = 0;
  return () => texts[next++ % NAMES]!;
}

function refuse(text: string): void {
  try {
    names.parse(text);
  } catch {
    return;
  }
  throw new Error(`${text} is accepted`);
}

const group = "a conference name that is new";

const inTenant = forms((n) => `room${n}@conference.tenant.meet.example`);
Deno.bench("parse a room of a tenant, as jitsi-meet sends it", { group, baseline: true }, () => {
  names.parse(inTenant());
});

const plain = forms((n) => `room${n}@conference.meet.example`);
Deno.bench("parse a room without a tenant", { group }, () => {
  names.parse(plain());
});

const bracketed = forms((n) => `[tenant]room${n}@conference.meet.example`);
Deno.bench("parse a [tenant]room", { group }, () => {
  names.parse(bracketed());
});

const encoded = forms((n) => `caf%C3%A9%20${n}@conference.tenant.meet.example`);
Deno.bench("parse a percent-encoded room", { group }, () => {
  names.parse(encoded());
});

const beyondAscii = forms((n) => `Café-${n}@conference.tenant.meet.example`);
Deno.bench("parse a room with letters beyond ASCII", { group }, () => {
  names.parse(beyondAscii());
});

const foreign = forms((n) => `room${n}@conference.elsewhere.example`);
Deno.bench("refuse a room on a foreign domain", { group }, () => refuse(foreign()));

const known = "room@conference.tenant.meet.example";
Deno.bench("parse the room of a crowd, which is known", { group }, () => {
  names.parse(known);
});
