/** The subprotocols that are spoken, best first. */
const PROTOCOLS = ["v12.stomp", "v11.stomp", "v10.stomp"];
/** More than this many offers are not looked at. */
const MAX_OFFERS = 32;

/**
 * The one subprotocol to answer, whatever the order of the offers. Undefined where none of them is
 * known, or none was made: then none is answered, and STOMP is spoken all the same (C01 to C05).
 *
 * @param offered the `Sec-WebSocket-Protocol` header; several are joined with commas.
 */
export function chooseProtocol(offered: string | null): string | undefined {
  if (offered === null) return undefined;
  const offers = offered.split(",", MAX_OFFERS).map((offer) => offer.trim());
  return PROTOCOLS.find((protocol) => offers.includes(protocol));
}
