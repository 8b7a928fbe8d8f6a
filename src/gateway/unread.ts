/** How long a peer may leave sent octets unread, in milliseconds. */
export const UNREAD_MS = 10_000;

/** What was sent to a peer and is not read. Times are milliseconds of any clock. */
export class Unread {
  /** Since when something is unread and nothing of it was read; 0 while all is. */
  #since = 0;
  /** What was sent, and what of it was read when that was looked at last: about as many octets. */
  #sent = 0;
  #read = 0;

  /** When it has been so for too long; Infinity while all is read. */
  get lateAt(): number {
    return this.#since > 0 ? this.#since + UNREAD_MS : Infinity;
  }

  /** Text of this length was sent. */
  sent(length: number): void {
    this.#sent += length;
  }

  /** Measures from now on, unless it does. Only then the socket is asked: that is not for nothing. */
  measure(now: number, socket: { readonly bufferedAmount: number }): void {
    if (this.#since > 0) return;
    this.#since = now;
    this.#read = this.#sent - socket.bufferedAmount;
  }

  /** Whether something has been unread for too long. Whoever reads slowly, reads. */
  isLate(now: number, unread: number): boolean {
    const read = this.#sent - unread;
    if (unread === 0) this.#since = 0;
    else if (this.#since === 0 || read > this.#read) this.#since = now;
    this.#read = read;
    return now >= this.lateAt;
  }
}
