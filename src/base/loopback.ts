/**
 * Whether a host name or address, as it stands in a URL or in `HOST`, is this machine's own and can
 * be reached from nowhere else.
 */
export function isLoopback(host: string): boolean {
  const name = hostName(host);
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(name);
}

/** Through `URL`, which knows every way to write an address; empty for what is no host. */
function hostName(host: string): string {
  if (/[/?#@\\]/.test(host)) return "";
  const bracketed = /^[^[\]]*:[^[\]]*:/.test(host) ? `[${host}]` : host;
  return URL.parse(`http://${bracketed}/`)?.hostname ?? "";
}
