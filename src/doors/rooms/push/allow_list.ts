import { z } from "zod";

/** The longest URL that is kept. */
const MAX_URL_CHARS = 2_048;

const PATTERN =
  /^(https?):\/\/(\*\.)?((?:[a-z0-9-]+\.)*[a-z0-9-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?\/?$/;

/** An origin, or all below a domain: `https://*.push.example.com`. */
export const PUSH_ORIGIN: z.ZodType<string, string> = z.string().toLowerCase().regex(PATTERN)
  .describe("origins such as https://push.example.com or https://*.push.example.com");

/** Whether `text` is a URL that may be kept, called or not. */
export function isPushUrl(text: unknown): text is string {
  if (typeof text !== "string" || text.length > MAX_URL_CHARS || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}

/** Which origins may be called. */
export class AllowList {
  readonly #exact = new Set<string>();
  readonly #below: { readonly protocol: string; readonly suffix: string; readonly port: string }[] =
    [];

  constructor(patterns: readonly string[]) {
    for (const pattern of patterns) {
      const { protocol, hostname, port, origin } = new URL(pattern.replace("*.", ""));
      if (pattern.includes("*.")) this.#below.push({ protocol, suffix: `.${hostname}`, port });
      else this.#exact.add(origin);
    }
  }

  allows({ origin, protocol, hostname, port, username, password }: URL): boolean {
    if (username !== "" || password !== "") return false;
    return this.#exact.has(origin) || this.#below.some((each) => {
      return each.protocol === protocol && each.port === port && hostname.endsWith(each.suffix);
    });
  }
}
