/**
 * As much of XMPP over WebSocket (RFC 7395) as a participant of a meeting needs: a WebSocket message
 * is one whole stanza, so that no stream has to be parsed.
 *
 * @module
 */

const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
const ANSWER_MS = 20_000;

export interface XmppLogin {
  /** Without it: anonymous. */
  readonly user?: string;
  readonly domain: string;
  readonly resource?: string;
}

/** Somebody who is logged in. Disposing it ends the connection. */
export class XmppClient implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #login: XmppLogin;
  readonly #stanzas: string[] = [];
  readonly #waiters = new Set<() => void>();

  private constructor(socket: WebSocket, login: XmppLogin) {
    [this.#socket, this.#login] = [socket, login];
    socket.onmessage = ({ data }) => {
      this.#stanzas.push(data);
      this.#wake();
    };
    socket.onclose = () => this.#wake();
  }

  static async connect(url: string, login: XmppLogin): Promise<XmppClient> {
    const socket = new WebSocket(`${url}/xmpp-websocket`, "xmpp");
    const client = new XmppClient(socket, login);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error(`No WebSocket at ${url}`));
    });
    await client.#authenticate();
    return client;
  }

  /** Joins a room as `nick`, and resolves when it is in. */
  async join(room: string, nick: string): Promise<void> {
    this.#send(
      `<presence xmlns="jabber:client" to="${room}/${nick}">` +
        `<x xmlns="http://jabber.org/protocol/muc"/>` +
        `<nick xmlns="http://jabber.org/protocol/nick">Name of ${nick}</nick></presence>`,
    );
    await this.#stanza(
      `in the room ${room}`,
      (text) =>
        text.startsWith("<presence") && text.includes(`${room}/${nick}`) &&
        /code=['"]110/.test(text),
    );
  }

  /** Leaves it, and resolves when it is out. */
  async leave(room: string, nick: string): Promise<void> {
    this.#send(`<presence xmlns="jabber:client" to="${room}/${nick}" type="unavailable"/>`);
    await this.#stanza(
      `out of the room ${room}`,
      (text) =>
        text.startsWith("<presence") && text.includes("unavailable") && /code=['"]110/.test(text),
    );
  }

  /** Shows another name in the room. */
  setName(room: string, nick: string, name: string): void {
    this.#send(
      `<presence xmlns="jabber:client" to="${room}/${nick}">` +
        `<nick xmlns="http://jabber.org/protocol/nick">${escape(name)}</nick></presence>`,
    );
  }

  /** Sets a key of the room's metadata, as jitsi-meet does. */
  setMetadata(room: string, key: string, data: unknown): void {
    const text = escape(JSON.stringify({ key, data }));
    this.#send(
      `<message xmlns="jabber:client" to="metadata.${this.#login.domain}">` +
        `<room_metadata xmlns="http://jitsi.org/jitmeet" room="${room}">${text}</room_metadata></message>`,
    );
  }

  /** The next metadata that the room tells of and that `is` accepts. */
  async metadata(is: (metadata: Metadata) => boolean): Promise<Metadata> {
    const read = (text: string) => {
      const [, json] = /<json-message[^>]*>([^<]*)</.exec(text) ?? [];
      return json === undefined ? undefined : JSON.parse(unescape(json)).metadata as Metadata;
    };
    const found = await this.#stanza("metadata", (text) => {
      const metadata = read(text);
      return metadata !== undefined && is(metadata);
    });
    return read(found)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.#socket.addEventListener("close", resolve));
    this.#send(`<close xmlns="${FRAMING}"/>`);
    this.#socket.close();
    await closed;
  }

  async #authenticate(): Promise<void> {
    const { user, domain, resource = "tab" } = this.#login;
    await this.#open();
    const plain = btoa(`\0${user}\0${user}`);
    const auth = user ? `mechanism="PLAIN">${plain}` : `mechanism="ANONYMOUS">`;
    this.#send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" ${auth}</auth>`);
    await this.#stanza(`logged in at ${domain}`, (text) => text.startsWith("<success"));
    await this.#open();
    this.#send(
      `<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind">` +
        `<resource>${resource}</resource></bind></iq>`,
    );
    await this.#stanza("bound", (text) => text.startsWith("<iq") && /type=['"]result/.test(text));
  }

  async #open(): Promise<void> {
    this.#send(`<open xmlns="${FRAMING}" to="${this.#login.domain}" version="1.0"/>`);
    await this.#stanza("features", (text) => text.includes("features"));
  }

  /** The next stanza, past or future, that `is` accepts; those before it are forgotten. */
  async #stanza(what: string, is: (text: string) => boolean): Promise<string> {
    const late = AbortSignal.timeout(ANSWER_MS);
    const seen: string[] = [];
    for (;;) {
      const text = this.#stanzas.shift();
      if (text !== undefined) {
        if (is(text)) return text;
        seen.push(text);
        continue;
      }
      const ended = late.aborted || this.#socket.readyState === WebSocket.CLOSED;
      if (ended) throw new Error(`Not ${what}, but:\n${seen.join("\n")}`);
      await new Promise<void>((resolve) => {
        this.#waiters.add(resolve);
        late.addEventListener("abort", () => resolve());
      });
    }
  }

  #send(text: string): void {
    this.#socket.send(text);
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}

/** What a room says of itself, as far as the queue is concerned. */
export interface Metadata {
  readonly visitors?: Readonly<Record<string, unknown>>;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function unescape(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&apos;", "'").replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
