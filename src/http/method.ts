import { Problem } from "./problem.ts";

/** The methods that a route may have. HEAD follows from GET, OPTIONS from the path. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const METHODS: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** What `Allow` says of a path that has these methods: HEAD is GET without a body. */
export function allowedBy(methods: Iterable<Method>): string[] {
  const given = new Set(methods);
  const allowed = METHODS.filter((method) => given.has(method))
    .flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method]);
  return [...allowed, "OPTIONS"];
}

/** The answer to a method that a path does not have (RFC 9110 section 15.5.6). */
export function methodNotAllowed(allowed: readonly string[]): Problem {
  const headers = { allow: allowed.join(", ") };
  const useful = allowed.filter((method) => method !== "HEAD" && method !== "OPTIONS");
  return new Problem(405, "method_not_allowed", `Use ${useful.join(" or ")} here.`, { headers });
}
