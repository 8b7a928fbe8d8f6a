/**
 * From which address a request came, as its front saw it. Kept beside the request, because a request
 * of the standard has no place for it.
 *
 * @module
 */

/** What knows the address: a socket of node:net, or what `Deno.serve` says of a request. */
export type AddressSource =
  | { readonly remoteAddress?: string | undefined }
  | { readonly remoteAddr: { readonly hostname: string } };

const sources = new WeakMap<Request, AddressSource>();

/** Told by a front, of each request. To ask for the address takes longer, and few want it. */
export function notePeerAddress(request: Request, source: AddressSource): void {
  sources.set(request, source);
}

/**
 * The address of the TCP connection's other end: the client, or the last proxy before us. Undefined
 * when it has gone. Asked before the request is answered.
 */
export function peerAddressOf(request: Request): string | undefined {
  const source = sources.get(request);
  if (!source) return undefined;
  return "remoteAddr" in source ? source.remoteAddr.hostname : source.remoteAddress;
}
