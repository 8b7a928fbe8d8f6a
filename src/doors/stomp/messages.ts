import type { ConferenceLive } from "../../queue/events.ts";
import { encodeMessage, type Session, type Subscription } from "../../stomp/mod.ts";
import { parseDestination } from "./destination.ts";
import type { Holder } from "./holder.ts";

/** Distinct MESSAGE texts of one go-live that are kept; a crowd of equal clients needs one. */
const MAX_KEPT = 64;

/** The body of a visitor's message. Integers as JSON integers: shipped clients are type-strict. */
function liveBody(conference: string, randomDelayMs: number): string {
  return JSON.stringify({ conference, status: "live", randomDelayMs });
}

/** The body of a moderator's message. */
export function stateBody(conference: string, visitorsWaiting: number): string {
  return JSON.stringify({ conference, visitorsWaiting });
}

/** What the text of a MESSAGE depends on, within one go-live. */
interface Parts {
  readonly version: Session["version"];
  readonly messageId: string;
  readonly id: string | undefined;
  readonly destination: string;
  readonly ack: string;
}

/** Encodes each distinct MESSAGE of a go-live once, however many visitors get it. */
export class LiveMessages {
  #event: ConferenceLive | undefined;
  readonly #texts = new Map<string, string>();
  /** What the last text was made of: in a crowd most are the same as the one before. */
  #last: Parts | undefined;
  #lastText = "";

  /** The text of the MESSAGE that tells `event` to `subscription`. */
  encode(
    event: ConferenceLive,
    session: Session<Holder>,
    subscription: Subscription<Holder>,
  ): string {
    if (event !== this.#event || this.#texts.size > MAX_KEPT) {
      this.#event = event;
      this.#texts.clear();
      this.#last = undefined;
    }
    const { version } = session;
    const messageId = session.nextMessageId();
    const { id, destination, ack } = subscription;
    const last = this.#last;
    if (
      last?.messageId === messageId && last.id === id && last.destination === destination &&
      last.version === version && last.ack === ack
    ) return this.#lastText;
    const parts = this.#last = { version, messageId, id, destination, ack };
    return this.#lastText = this.#find(event, subscription, parts);
  }

  #find(event: ConferenceLive, subscription: Subscription<Holder>, parts: Parts): string {
    const { version, messageId, id, destination, ack } = parts;
    // No header value holds a NUL, so this is unambiguous.
    const key = `${version}\0${id}\0${messageId}\0${ack}\0${destination}`;
    let text = this.#texts.get(key);
    if (text === undefined) {
      const { conference } = parseDestination(destination);
      const body = liveBody(conference, event.randomDelayMs);
      text = encodeMessage({ version, subscription, messageId, body });
      this.#texts.set(key, text);
    }
    return text;
  }
}
