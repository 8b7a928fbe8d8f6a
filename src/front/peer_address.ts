/**
 * From which address a request came, as its front saw it. Kept beside the request, because a request
 * of the standard has no place for it.
 *
 * @module
 */

const addresses = new WeakMap<Request, string>();

/** Told by a front, of each request. `address` is absent when the peer has gone. */
export function notePeerAddress(request: Request, address: string | undefined): void {
  if (address !== undefined) addresses.set(request, address);
}

/** The address of the TCP connection's other end: the client, or the last proxy before us. */
export function peerAddressOf(request: Request): string | undefined {
  return addresses.get(request);
}
