/**
 * The forms that names have in what an event asks for.
 *
 * @module
 */

const ESCAPES = [[".", "__DOT__"], ["#", "__HASH__"], ["*", "__STAR__"]] as const;

/** A user's id or a conference's name as one segment, as wazo-bus writes ids. */
export function escaped(name: string): string {
  let text = name;
  for (const [character, word] of ESCAPES) text = text.replaceAll(character, word);
  return text;
}

/** The name that {@linkcode escaped} made `segment` of. */
export function unescaped(segment: string): string {
  let text = segment;
  for (const [character, word] of ESCAPES) text = text.replaceAll(word, character);
  return text;
}
