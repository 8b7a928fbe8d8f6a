/**
 * Turns whatever is logged into plain, bounded JSON without secrets.
 *
 * @module
 */

/** Stands for what must not be shown. */
export const MASK = "[redacted]";
const SENSITIVE_NAME = /token|authorization|secret|password|passwd|cookie|private.?key/i;

/** A JWT begins with `{"` in base64url; its signature is what makes it worth stealing. */
const JWT = /\beyJ[\w-]{5,}\.[\w-]*\.?[\w-]*/g;
const URL_CREDENTIALS = /(\w:\/\/)[^\s\/@"]*@/g;

const MAX_DEPTH = 5;
const MAX_ENTRIES = 50;
const MAX_CHARS = 4096;

/** Masks what looks like a token or a password in a text. */
export function maskText(text: string): string {
  return text.replaceAll(JWT, MASK).replaceAll(URL_CREDENTIALS, `$1${MASK}@`);
}

/** A value that `JSON.stringify` takes: no cycles, nothing endless, no property that is secret. */
export function plain(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case "string":
      return value.length > MAX_CHARS ? value.slice(0, MAX_CHARS) + "..." : value;
    case "bigint":
    case "symbol":
    case "function":
      return String(value).slice(0, MAX_CHARS);
    case "object":
      return value === null ? null : plainObject(value, depth);
    default:
      return value;
  }
}

function plainObject(value: object, depth: number): unknown {
  if (depth >= MAX_DEPTH) return "...";
  if (value instanceof Error) return plainError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `${value.byteLength} octets`;
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ENTRIES).map((item) => plain(item, depth + 1));
  }
  if (value instanceof Map) return plainObject(Object.fromEntries(value), depth);
  if (value instanceof Set) return plainObject([...value], depth);
  const entries = Object.entries(value).slice(0, MAX_ENTRIES).map((
    [name, item],
  ) => [name, isSecret(name, item) ? MASK : plain(item, depth + 1)]);
  return Object.fromEntries(entries);
}

/** Whether a property must not be shown; a flag tells whether there is a token, not which. */
export function isSecret(name: string, value: unknown): boolean {
  return SENSITIVE_NAME.test(name) && typeof value !== "boolean" && value !== undefined;
}

function plainError(error: Error, depth: number): Record<string, unknown> {
  return {
    name: error.name,
    message: plain(error.message),
    ...("code" in error ? { code: plain(error.code, depth + 1) } : {}),
    stack: plain(error.stack),
    ...(error.cause === undefined ? {} : { cause: plain(error.cause, depth + 1) }),
  };
}
