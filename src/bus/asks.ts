import type { Clock, Timer } from "../time/clock.ts";
import { type Answers, BusError } from "./bus.ts";

/** Open asks of one isolate. Each lives until its answers are in or its time is up. */
const MAX_OPEN_ASKS = 20_000;

/** Says whether those heard so far are everyone that an ask waits for. */
export type Everyone = (heard: ReadonlySet<string>) => boolean;

interface Ask {
  readonly answers: Map<string, string>;
  readonly heard: Set<string>;
  readonly resolve: (answers: Answers) => void;
  timer: Timer;
  everyone: Everyone;
  /** Someone who has the topic gave no answer. */
  unknown: boolean;
}

const notYetKnown: Everyone = () => false;

/** The asks of one isolate that wait for answers. */
export class Asks implements Disposable {
  readonly #clock: Clock;
  readonly #open = new Map<number, Ask>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Opens an ask, to be sent under the number `n`. Its answers may come before {@linkcode expect}.
   *
   * @throws {BusError} too many are open.
   */
  start(timeoutMs: number): { n: number; answers: Promise<Answers> } {
    if (this.#open.size >= MAX_OPEN_ASKS) {
      throw new BusError(`Cannot ask: ${MAX_OPEN_ASKS} asks are open`);
    }
    const n = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<Answers>();
    this.#open.set(n, {
      answers: new Map(),
      heard: new Set(),
      resolve,
      timer: this.#clock.after(timeoutMs, () => this.#finish(n, false)),
      everyone: notYetKnown,
      unknown: false,
    });
    return { n, answers: promise };
  }

  /** Says when ask `n` has heard everyone. */
  expect(n: number, everyone: Everyone): void {
    const ask = this.#open.get(n);
    if (!ask) return;
    ask.everyone = everyone;
    this.#finishIfHeard(n, ask);
  }

  /** Takes the answer of `from`; `undefined`: it has the topic and gave none. */
  answer(n: number, from: string, payload: string | undefined): void {
    const ask = this.#open.get(n);
    if (!ask || ask.heard.has(from)) return;
    if (payload === undefined) ask.unknown = true;
    else ask.answers.set(from, payload);
    ask.heard.add(from);
    this.#finishIfHeard(n, ask);
  }

  /** Notes that `from` does not have the topic of ask `n`. */
  absent(n: number, from: string): void {
    const ask = this.#open.get(n);
    if (!ask) return;
    ask.heard.add(from);
    this.#finishIfHeard(n, ask);
  }

  /** Waits for `peer` no longer. One that is silent, not gone, leaves its answer unknown. */
  lose(peer: string, why: "gone" | "silent"): void {
    for (const n of [...this.#open.keys()]) {
      if (why === "gone") this.absent(n, peer);
      else this.answer(n, peer, undefined);
    }
  }

  /** Forgets ask `n`, which could not be sent. */
  cancel(n: number): void {
    this.#finish(n, false);
  }

  /** Ends every ask with what there is. */
  [Symbol.dispose](): void {
    for (const n of [...this.#open.keys()]) this.#finish(n, false);
  }

  #finishIfHeard(n: number, ask: Ask): void {
    if (ask.everyone(ask.heard)) this.#finish(n, !ask.unknown);
  }

  #finish(n: number, complete: boolean): void {
    const ask = this.#open.get(n);
    if (!ask) return;
    this.#open.delete(n);
    ask.timer[Symbol.dispose]();
    ask.resolve({ answers: ask.answers, complete });
  }
}
