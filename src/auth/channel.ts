/**
 * How a token came here: with an HTTP request of a backend, or over a socket, where everybody may
 * come. What strangers use up on sockets is not taken from backends, so each channel has its own pace
 * of asking key servers, and its own memory of keys that there are not.
 */
export type Channel = "request" | "socket";

/** One of something for each channel. */
export function perChannel<T>(make: () => T): Readonly<Record<Channel, T>> {
  return { request: make(), socket: make() };
}
