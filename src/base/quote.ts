/** The longest part of a stranger's text that a message holds. */
const MAX_CHARS = 80;

/**
 * A stranger's text in a message: one line, in quotes, and short. `undefined` reads `missing`; what
 * is no text is shown as JSON.
 */
export function quote(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return JSON.stringify(shortened(value));
  return shortened(JSON.stringify(value) ?? String(value));
}

function shortened(text: string): string {
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text;
}
