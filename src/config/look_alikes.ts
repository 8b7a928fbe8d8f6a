/**
 * Finds misspelt names: a `JWT_APPSECRET` that nobody reads would leave the service without keys.
 *
 * @module
 */

/** Below this many characters, names are near each other by chance. */
const MIN_LENGTH = 8;
const MAX_DISTANCE = 2;

/** The known name that `name` is probably meant to be: the nearest, at most `within` letters away. */
export function lookAlike(
  name: string,
  known: readonly string[],
  within = MAX_DISTANCE,
): string | undefined {
  if (name.length < MIN_LENGTH || known.includes(name)) return undefined;
  const bare = simplify(name);
  let nearest: string | undefined;
  let least = within + 1;
  for (const other of known) {
    if (other.length < MIN_LENGTH) continue;
    const letters = distance(bare, simplify(other));
    if (letters < least) [nearest, least] = [other, letters];
  }
  return nearest;
}

function simplify(name: string): string {
  return name.toUpperCase().replaceAll(/[_-]/g, "").slice(0, 64);
}

/** How many letters must be put in, left out or replaced (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
