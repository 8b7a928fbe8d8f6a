/**
 * STOMP frames as text for the reader.
 *
 * @module
 */

/**
 * @typedef {object} Frame
 * @property {string} command `beat` for a heart-beat
 * @property {Record<string, string>} headers the first of each name
 * @property {string} body
 */

/**
 * What one WebSocket message holds, read for show: the service and its clients send one frame a
 * message. Nothing here judges a frame; the service does.
 *
 * @param {string} text
 * @returns {Frame}
 */
export function frameOf(text) {
  const trimmed = text.replace(/^[\r\n]+/, "");
  if (trimmed === "") return { command: "beat", headers: {}, body: "" };
  const end = trimmed.search(/\r?\n\r?\n/);
  const [command = "", ...lines] = trimmed.slice(0, end < 0 ? undefined : end).split(/\r?\n/);
  const body = end < 0
    ? ""
    : trimmed.slice(end).replace(/^\r?\n\r?\n/, "").replace(/\0[\r\n]*$/, "");
  return { command, headers: headersOf(lines), body };
}

/** @param {string[]} lines */
function headersOf(lines) {
  /** @type {Record<string, string>} */
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    if (colon > 0 && !Object.hasOwn(headers, name)) headers[name] = line.slice(colon + 1);
  }
  return headers;
}

/** The most telling part of a frame, in one line. @param {Frame} frame */
export function gist({ command, headers, body }) {
  switch (command) {
    case "CONNECT":
      return `versions ${headers["accept-version"]}, beats ${headers["heart-beat"]}`;
    case "CONNECTED":
      return `version ${headers["version"]}, beats ${headers["heart-beat"]}`;
    case "SUBSCRIBE":
      return headers["destination"] ?? "";
    case "DISCONNECT":
      return headers["receipt"] === undefined ? "" : `receipt ${headers["receipt"]}`;
    case "RECEIPT":
      return `of ${headers["receipt-id"]}`;
    case "ERROR":
      return headers["message"] ?? body;
    default:
      return body;
  }
}

/** `text` with its tokens cut short: who watches over a shoulder shall not get in. @param {string} text */
export function shortened(text) {
  const token = /\beyJ[\w-]*\.[\w-]+\.[\w-]*/g;
  return text.replace(token, (whole) => `${whole.slice(0, 8)}…${whole.slice(-4)}`);
}

/** A frame as it was sent, for reading. @param {string} text */
export function readable(text) {
  return shortened(text).replaceAll("\0", "␀").trimEnd();
}
