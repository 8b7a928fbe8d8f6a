/** The arguments or the settings are not such that the command could begin: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code: "arguments" | "settings";

  constructor(message: string, code: "arguments" | "settings" = "arguments") {
    super(message);
    this.code = code;
  }
}
