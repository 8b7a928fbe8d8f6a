/**
 * What a token's `acl` allows: patterns, held against the text that an event asks for.
 *
 * @module
 */

import { BoundedMap } from "../../base/bounded_map.ts";
import { Pattern, type Who } from "./pattern.ts";

export type { Who } from "./pattern.ts";

/** Most tokens of a service have one of a few lists. */
const MAX_LISTS = 1_024;

const known = new BoundedMap<string, Acl>(MAX_LISTS);

/** Whether a list allows something, or that depends on who asks. */
export type Verdict = "allowed" | "refused" | "depends";

/** The patterns of one `acl` claim. Tokens with the same list share one object. */
export class Acl {
  readonly #allow: readonly Pattern[];
  readonly #deny: readonly Pattern[];
  /** Those of them that name `me` or `my_session`. */
  readonly #allowMe: readonly Pattern[];
  readonly #denyMe: readonly Pattern[];

  private constructor(patterns: readonly string[]) {
    const allow = patterns.filter((text) => !text.startsWith("!")).map(Pattern.of);
    const deny = patterns.filter((text) => text.startsWith("!"))
      .map((text) => Pattern.of(text.slice(1)));
    this.#allow = allow.filter(({ personal }) => !personal);
    this.#deny = deny.filter(({ personal }) => !personal);
    this.#allowMe = allow.filter(({ personal }) => personal);
    this.#denyMe = deny.filter(({ personal }) => personal);
  }

  static of(patterns: readonly string[]): Acl {
    const key = JSON.stringify(patterns);
    let acl = known.get(key);
    if (!acl) known.set(key, acl = new Acl(patterns));
    return acl;
  }

  /**
   * Whether `asked` is allowed to `who`. A pattern that denies wins over every one that allows, and
   * nothing is allowed that no pattern allows. `asked` is text: nothing in it is a wildcard.
   */
  allows(asked: string, who: Who): boolean {
    if (matchesAny(this.#deny, asked, who) || matchesAny(this.#denyMe, asked, who)) return false;
    return matchesAny(this.#allow, asked, who) || matchesAny(this.#allowMe, asked, who);
  }

  /** What {@linkcode allows} says to everybody; worth to be remembered for a crowd. */
  toAll(asked: string): Verdict {
    if (matchesAny(this.#deny, asked, NOBODY)) return "refused";
    if (this.#denyMe.length > 0) return "depends";
    if (matchesAny(this.#allow, asked, NOBODY)) return "allowed";
    return this.#allowMe.length > 0 ? "depends" : "refused";
  }
}

const NOBODY: Who = { user: undefined, session: undefined };

function matchesAny(patterns: readonly Pattern[], asked: string, who: Who): boolean {
  for (const pattern of patterns) if (pattern.matches(asked, who)) return true;
  return false;
}
