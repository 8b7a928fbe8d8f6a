/**
 * The service's REST part, as a backend calls it, and the demo's own tokens.
 *
 * @module
 */

/**
 * @typedef {object} Tokens
 * @property {string} conference
 * @property {string} visitor
 * @property {string} moderator
 * @property {string} system
 * @property {string} basePath
 * @property {number} releaseRate
 * @property {number} stateIntervalMs
 *
 * @typedef {object} ConferenceView
 * @property {"waiting" | "live"} status
 * @property {number} visitorsWaiting
 * @property {string} [liveSince] ISO 8601
 */

const DEMO = new URL(".", import.meta.url);
const SERVICE = new URL("..", DEMO);

/** A token lives longer; but a server that was started anew has another key. */
const TOKENS_LAST_MS = 60_000;

const ANSWER_WITHIN_MS = 15_000;

/** What went wrong, in words for the reader. */
export class ServiceError extends Error {
  /** @param {string} message @param {number} status 0 where nobody answered */
  constructor(message, status) {
    super(message);
    this.name = "ServiceError";
    this.status = status;
  }
}

/** The address of a WebSocket endpoint. @param {string} path */
export function socketAddress(path) {
  const url = new URL(path, SERVICE);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** The address of a REST endpoint. @param {string} path */
export function restAddress(path) {
  return new URL(path, SERVICE).href;
}

export class Api {
  #room;
  /** @type {{ tokens: Promise<Tokens>, at: number } | undefined} */
  #kept;

  /** @param {string} room */
  constructor(room) {
    this.#room = room;
  }

  /** Tokens for the room, kept for a minute. @returns {Promise<Tokens>} */
  tokens() {
    const kept = this.#kept;
    if (kept !== undefined && Date.now() - kept.at < TOKENS_LAST_MS) return kept.tokens;
    const url = new URL("tokens", DEMO);
    url.searchParams.set("room", this.#room);
    const tokens = ask(url.href, {});
    this.#kept = { tokens, at: Date.now() };
    tokens.catch(() => this.forget());
    return tokens;
  }

  /** The next use asks for new tokens: these were refused, or the server went away. */
  forget() {
    this.#kept = undefined;
  }

  /** @returns {Promise<ConferenceView>} */
  goLive() {
    return this.#post("golive");
  }

  /** @returns {Promise<ConferenceView>} */
  endLive() {
    return this.#post("endlive");
  }

  /** @returns {Promise<ConferenceView>} */
  async describe() {
    const { conference, system } = await this.tokens();
    const url = restAddress(`conferences/${encodeURIComponent(conference)}`);
    return ask(url, { headers: { Authorization: `Bearer ${system}` } });
  }

  /** @param {string} path */
  async #post(path) {
    const { conference, system } = await this.tokens();
    return ask(restAddress(path), {
      method: "POST",
      headers: { "Authorization": `Bearer ${system}`, "Content-Type": "application/json" },
      body: JSON.stringify({ conference }),
    });
  }
}

/**
 * @param {string} url
 * @param {RequestInit} init
 * @returns {Promise<any>}
 */
async function ask(url, init) {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    .catch(() => undefined);
  if (answer === undefined) throw new ServiceError("The server does not answer.", 0);
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  throw new ServiceError(body.detail ?? `The server answered ${answer.status}.`, answer.status);
}
