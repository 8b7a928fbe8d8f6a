/** How deep causes are followed. */
const MAX_CAUSES = 5;

/** Why it failed: the messages of an error and of its causes, each once. */
export function reasonOf(error: unknown): string {
  const reasons: string[] = [];
  let one = error;
  // An error may be its own cause.
  for (let depth = 0; one !== undefined && depth < MAX_CAUSES; depth++) {
    const text = messageOf(one);
    if (!reasons.some((reason) => reason.includes(text))) reasons.push(text);
    one = causeOf(one);
  }
  return reasons.join(": ");
}

function causeOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors[0];
  return error instanceof Error ? error.cause : undefined;
}

/** What it says of itself alone. An error of several addresses of one host has no message. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== "") return error.message;
  return "code" in error ? String(error.code) : error.name;
}
