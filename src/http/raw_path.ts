/**
 * The path of an absolute URL as its sender wrote it, without the query. Unlike `new URL` it decodes
 * and normalises nothing, and throws for nothing.
 */
export function rawPath(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start < 0) return "/";
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}
