/**
 * What is said about settings: data, from which each reader makes its own sentence.
 *
 * @module
 */

/** A setting that cannot be used. It never holds the value of a key or a secret. */
export interface Problem {
  readonly setting: string;
  /** What is wrong. */
  readonly text: string;
  /** What could stand there instead, or what to do. */
  readonly accepted?: string | undefined;
}

/** `no_client_key` and `no_system_key`: a whole group is missing. */
export type WarningCode =
  | "weak_front"
  | "ignored"
  | "misspelt"
  | "no_client_key"
  | "no_system_key"
  | "no_domains"
  | "no_xmpp_domain"
  | "no_muc_domain"
  | "plain_http"
  | "quoted_secret"
  | "short_secret"
  | "door";

/** What an operator should know, though the service starts. */
export interface Warning {
  readonly code: WarningCode;
  /** `undefined`: it is about no setting, or about what none is set for. */
  readonly setting: string | undefined;
  /** Completes a sentence that begins with the setting's name, where there is one. */
  readonly text: string;
  /** What to do about it. */
  readonly next?: string | undefined;
}

/** What a check has to say. */
export interface Remarks {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

/** `NAME: what is wrong; accepted: what is`. */
export function problemLine({ setting, text, accepted }: Problem): string {
  return `${setting}: ${text}${accepted === undefined ? "" : `; accepted: ${accepted}`}`;
}

/** A warning as one sentence. */
export function warningLine({ setting, text, next }: Warning): string {
  const sentence = setting === undefined ? text : `${setting} ${text}`;
  return next === undefined ? sentence : `${sentence}; ${next}`;
}
