import { createHash } from "node:crypto";
import { BoundedMap } from "../../base/bounded_map.ts";

/** RFC 9562 section 6.6: the namespace of URLs. */
const URL_NAMESPACE = Uint8Array.fromHex("6ba7b8119dad11d180b400c04fd430c8");
const MAX_KNOWN = 10_000;
const known = new BoundedMap<string, string>(MAX_KNOWN);

/** The UUID of a conference, from its canonical name: the same everywhere and always. */
export function meetingUuid(conference: string): string {
  let uuid = known.get(conference);
  if (!uuid) known.set(conference, uuid = uuidOfUrl(`xmpp:${conference}`));
  return uuid;
}

/** RFC 9562 section 5.5: UUID version 5. */
export function uuidOfUrl(url: string): string {
  const octets = createHash("sha1").update(URL_NAMESPACE).update(url).digest().subarray(0, 16);
  octets[6] = octets[6]! & 0x0f | 0x50;
  octets[8] = octets[8]! & 0x3f | 0x80;
  return octets.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
