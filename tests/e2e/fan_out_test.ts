/**
 * One large conference goes live at once. Here with so many as a test can hold; tests/measure has the
 * sizes that the service is for.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Crew } from "../../src/commands/load/crew.ts";
import { eventually } from "../support/eventually.ts";
import { metric } from "../support/operator.ts";
import { OP } from "../support/raw_websocket.ts";
import { goLive } from "../support/rest.ts";
import type { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { eachFront } from "./setups.ts";

const CONFERENCE = "room@conference.meet.example";
const CROWD = 2_000;
/** How often the service promises to be heard, and after how many times that it is taken for dead. */
const BEAT_MS = 1_000;
const MISSED_BEATS = 2;

/** Somebody who waits elsewhere and is to hear a beat a second. */
class Listener implements Disposable {
  /** The longest silence so far, in milliseconds. */
  longest = 0;
  beats = 0;
  readonly #stomp: StompSocket;
  readonly done: Promise<void>;

  private constructor(stomp: StompSocket) {
    this.#stomp = stomp;
    this.done = this.#listen();
  }

  static async open({ port }: Service): Promise<Listener> {
    const beats = { "heart-beat": `0,${BEAT_MS}` };
    return new Listener(await StompSocket.connect(port, await visitorToken("*"), beats));
  }

  [Symbol.dispose](): void {
    this.#stomp[Symbol.dispose]();
  }

  async #listen(): Promise<void> {
    let before = performance.now();
    for (
      let frame = await this.#stomp.socket.read();
      frame;
      frame = await this.#stomp.socket.read()
    ) {
      if (frame.op !== OP.text) continue;
      this.beats++;
      this.longest = Math.max(this.longest, performance.now() - before);
      before = performance.now();
    }
  }
}

eachFront("Fan-out", { RELEASE_RATE: "0", HEARTBEAT_MS: String(BEAT_MS) }, {
  "F25: a large conference is told at once, each visitor once, and the beats of others go on":
    async (
      service,
    ) => {
      await using crew = new Crew([{
        host: "127.0.0.1",
        port: service.port,
        secure: false,
        path: "/visitor/websocket",
        conference: CONFERENCE,
        visitors: CROWD,
        rate: CROWD,
        token: await visitorToken("*"),
      }]);
      const listeners = await Promise.all(Array.from({ length: 10 }, () => Listener.open(service)));
      await eventually("all wait", () => Promise.resolve(crew.progress.waited === CROWD));
      const beats = listeners.map((listener) => listener.beats);
      assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, CROWD);
      await eventually("all told", () => Promise.resolve(crew.progress.told === CROWD));
      // The one that was due meanwhile, and the one after it.
      await eventually("beats go on", () => {
        return Promise.resolve(listeners.every((each, i) => each.beats >= beats[i]! + 2));
      });
      for (const { longest } of listeners) {
        assert.ok(longest < MISSED_BEATS * BEAT_MS, `nothing was heard for ${longest} ms`);
      }
      assert.equal(await metric(service, "waiting_queue_visitors_told_total"), CROWD);
      const { toldAt, repeated, failures } = await crew.end();
      assert.deepEqual([toldAt.length, repeated, failures], [CROWD, 0, {}]);
      for (const listener of listeners) listener[Symbol.dispose]();
      await Promise.all(listeners.map(({ done }) => done));
    },
});
