/**
 * The room's name: in the address, so that a room can be reloaded and shared.
 *
 * @module
 */

const MANNERS = "calm brave bright gentle quick quiet sunny warm wise merry".split(" ");
const ANIMALS = "otter heron lynx robin badger finch marten plover seal wren".split(" ");

/** A name that is easy to say: `calm-otter-42`. */
export function friendlyName() {
  return `${pick(MANNERS)}-${pick(ANIMALS)}-${10 + Math.floor(Math.random() * 90)}`;
}

/** @param {string[]} words */
function pick(words) {
  return words[Math.floor(Math.random() * words.length)];
}

/**
 * What the demo can use of `text` as a name; empty where that is nothing. The server has the same
 * rule and refuses the rest.
 *
 * @param {string} text
 */
export function roomName(text) {
  return text.normalize("NFKD").trim().toLowerCase()
    .replace(/@.*$/, "")
    .replace(/\s+/g, "-")
    .replace(/[^a-z0-9._-]/g, "")
    .slice(0, 64)
    .replace(/^[._-]+|[._-]+$/g, "");
}

/** The name in the address; a new one, written into it, where it has none. */
export function roomOfAddress() {
  const name = roomName(decoded(location.hash.slice(1)));
  const room = name === "" ? friendlyName() : name;
  if (location.hash !== `#${room}`) history.replaceState(null, "", `#${room}`);
  return room;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
