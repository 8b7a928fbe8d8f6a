/**
 * A participant of a room, and who watches one: by fetch alone, from a page of any origin that the
 * service allows.
 *
 * @module
 */

/** What goes wrong in a room: `status` is that of HTTP, `errno` says which error it is. */
export class RoomError extends Error {
  /** @param {number} status @param {number} errno @param {string} text */
  constructor(status, errno, text) {
    super(text);
    this.status = status;
    this.errno = errno;
  }
}

/** A guest in a room. It has no session: what it gets for its join is its credential. */
export class Participant {
  #token = "";
  #timer = 0;

  /** @param {string} service as `https://meet.example/waiting-queue` @param {string} room its token */
  constructor(service, room) {
    this.url = `${service}/rooms/${room}`;
  }

  /**
   * Comes in, and stays until it leaves: a third of the lease before its end it is renewed.
   *
   * @param {string} displayName
   * @param {number} clientMaxSize how many, oneself included, this client can cope with
   */
  async join(displayName, clientMaxSize) {
    const joined = await this.#act({ action: "join", displayName, clientMaxSize });
    this.#token = joined.sessionToken;
    const refresh = () => this.#act({ action: "refresh" }).catch(() => this.#stop());
    this.#timer = setInterval(refresh, joined.expires * 1_000 * 2 / 3);
    return joined;
  }

  /**
   * Says what its media do.
   *
   * @param {{event: string, state: string, connections: number, sendStreams: number,
   *   recvStreams: number}} report
   */
  status(report) {
    return this.#act({ action: "status", ...report });
  }

  async leave() {
    this.#stop();
    await this.#act({ action: "leave" });
    this.#token = "";
  }

  #stop() {
    clearInterval(this.#timer);
  }

  async #act(body) {
    return await call(this.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(this.#token && { authorization: `Basic ${btoa(`${this.#token}:`)}` }),
      },
      body: JSON.stringify(body),
    });
  }
}

/**
 * Who is in a room and what their media do; for a moderator of its conference or a backend.
 *
 * @param {string} service @param {string} room @param {string} jwt
 */
export function stateOf(service, room, jwt) {
  return call(`${service}/rooms/${room}/state`, { headers: { authorization: `Bearer ${jwt}` } });
}

async function call(url, init) {
  const response = await fetch(url, init);
  const text = await response.text();
  const body = text === "" ? undefined : JSON.parse(text);
  if (!response.ok) throw new RoomError(response.status, body?.errno ?? 0, body?.error ?? text);
  return body;
}
