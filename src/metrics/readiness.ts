/** Whether this process should be given new connections. */
export interface Readiness {
  readonly ready: boolean;
  readonly draining: boolean;
  /** Every backing service: `ok`, or what is wrong with it. */
  readonly checks: Readonly<Record<string, string>>;
}
