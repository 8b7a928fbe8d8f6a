/** A label of a DNS name. Letters beyond ASCII pass: Prosody's own configuration may hold them. */
const LABEL = "[\\p{L}\\p{N}](?:[\\p{L}\\p{N}\\p{M}-]{0,61}[\\p{L}\\p{N}\\p{M}])?";
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, "u");
/** RFC 1035 section 2.3.4, less the length octets. */
const MAX_CHARS = 253;

/**
 * `XMPP_DOMAIN` or `XMPP_MUC_DOMAIN` as an operator writes it, in lower case.
 *
 * @returns `undefined`: it is no domain name.
 */
export function readDomain(text: string): string | undefined {
  const domain = text.normalize("NFKC").toLowerCase();
  return domain.length <= MAX_CHARS && DOMAIN.test(domain) ? domain : undefined;
}
