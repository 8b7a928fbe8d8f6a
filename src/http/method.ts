import { Problem } from "./problem.ts";

/** The answer to a method that a path does not have (RFC 9110 section 15.5.6). */
export function methodNotAllowed(allowed: readonly string[]): Problem {
  const headers = { allow: allowed.join(", ") };
  return new Problem(405, "method_not_allowed", `Use ${allowed[0]} here.`, { headers });
}

/** The methods of a path that does `method`: HEAD is GET without a body. */
export function methodsWith(method: "GET" | "POST"): readonly string[] {
  return method === "GET" ? ["GET", "HEAD", "OPTIONS"] : ["POST", "OPTIONS"];
}
