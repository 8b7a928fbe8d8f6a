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

/** What a check found. */
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

/** It is as it should be. */
export function fine(name: string, text: string): Finding {
  return { name, status: "fine", text };
}

/** It works, and may not be meant so. */
export function doubtful(name: string, text: string, next?: string): Finding {
  return { name, status: "doubtful", text, next };
}

/** It does not work. */
export function broken(name: string, text: string, next?: string): Finding {
  return { name, status: "broken", text, next };
}

/** The answer is no, which is not a fault. */
export function no(name: string, text: string, next?: string): Finding {
  return { name, status: "no", text, next };
}

/** It was not looked at. */
export function skipped(name: string, text: string): Finding {
  return { name, status: "skipped", text };
}
