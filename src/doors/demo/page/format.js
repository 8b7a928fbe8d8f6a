/**
 * Times and numbers in words.
 *
 * @module
 */

/**
 * What a visitor's state is called.
 *
 * @type {Record<import("./visitor.js").VisitorState, string>}
 */
export const STATE_WORDS = {
  connecting: "connecting",
  waiting: "waiting",
  live: "told",
  joined: "left the queue",
  closed: "closed",
  error: "error",
};

const TIME_OF_DAY = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** The time of day: `12:03:04`. @param {number} at milliseconds since the epoch */
export function clock(at) {
  return TIME_OF_DAY.format(at);
}

/** As {@linkcode clock}, with milliseconds. @param {number} at milliseconds since the epoch */
export function preciseClock(at) {
  return `${clock(at)}.${String(Math.floor(at % 1000)).padStart(3, "0")}`;
}

/** How long: `0.34 s`, `41 s`, `2 min 05 s`. @param {number} ms */
export function duration(ms) {
  if (ms < 9_950) return `${(Math.max(ms, 0) / 1000).toFixed(ms < 1000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

/** As {@linkcode duration}, without parts of a second: for what is drawn every second. @param {number} ms */
export function wholeSeconds(ms) {
  return ms < 9_950 ? `${Math.floor(Math.max(ms, 0) / 1000)} s` : duration(ms);
}

/** @param {number} value */
function twoDigits(value) {
  return String(value).padStart(2, "0");
}

/** `1 visitor`, `2 visitors`. @param {number} count @param {string} noun */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
