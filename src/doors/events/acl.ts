/**
 * What a token's `acl` allows: patterns, held against the text that an event asks for.
 *
 * @module
 */

import { BoundedMap } from "../../base/bounded_map.ts";
import { Pattern, type Who } from "./pattern.ts";

export type { Who } from "./pattern.ts";

/** Most tokens of a service have one of a few lists. */
const MOST_LISTS = 1_024;

const known = new BoundedMap<string, Acl>(MOST_LISTS);

/** The patterns of one `acl` claim. Tokens with the same list share one object. */
export class Acl {
  readonly #allow: readonly Pattern[];
  readonly #deny: readonly Pattern[];
  /** Whether the answer depends on who asks. */
  readonly personal: boolean;

  private constructor(patterns: readonly string[]) {
    this.#allow = patterns.filter((text) => !text.startsWith("!")).map(Pattern.of);
    this.#deny = patterns.filter((text) => text.startsWith("!"))
      .map((text) => Pattern.of(text.slice(1)));
    this.personal = [...this.#allow, ...this.#deny].some((pattern) => pattern.personal);
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
    return matchesAny(this.#allow, asked, who) && !matchesAny(this.#deny, asked, who);
  }
}

function matchesAny(patterns: readonly Pattern[], asked: string, who: Who): boolean {
  for (const pattern of patterns) if (pattern.matches(asked, who)) return true;
  return false;
}
