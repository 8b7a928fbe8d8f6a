/**
 * What a command found out.
 *
 * @module
 */

/**
 * `fine`; `doubtful`: it works, and an operator should know; `broken`: it does not work; `no`: it
 * does not hold, as it may be; `skipped`: not looked at.
 */
export type Status = "fine" | "doubtful" | "broken" | "no" | "skipped";

export interface Finding {
  /** What was looked at: a setting, a claim, a service. */
  readonly name: string;
  readonly status: Status;
  readonly text: string;
  /** What to do about it. */
  readonly next?: string | undefined;
}

/** Findings that belong together. */
export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

export function fine(name: string, text: string): Finding {
  return { name, status: "fine", text };
}

export function doubtful(name: string, text: string, next?: string): Finding {
  return { name, status: "doubtful", text, next };
}

export function broken(name: string, text: string, next?: string): Finding {
  return { name, status: "broken", text, next };
}

export function no(name: string, text: string, next?: string): Finding {
  return { name, status: "no", text, next };
}

export function skipped(name: string, text: string): Finding {
  return { name, status: "skipped", text };
}
