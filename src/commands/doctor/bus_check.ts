/**
 * Whether what one isolate says is heard by another.
 *
 * @module
 */

import type { Bus } from "../../bus/bus.ts";
import { systemClock } from "../../time/clock.ts";
import { within } from "../../time/within.ts";
import { broken, type Finding, fine } from "../finding.ts";
import type { Patient } from "./check.ts";
import { openBus } from "./drivers.ts";
import { reasonOf } from "../../base/reason.ts";
import { redisAdvice } from "./redis_advice.ts";
import { sleep } from "../../time/sleep.ts";

const ANSWER_MS = 2_000;
const PAUSE_MS = 20;

/** Joins the bus twice; one node asks and publishes, the other answers and hears. */
export async function busCheck({ settings }: Patient): Promise<Finding[]> {
  const name = `waiting-queue-doctor-${crypto.randomUUID()}`;
  try {
    const [listening, asking] = await Promise.all([
      openBus(settings, name),
      openBus(settings, name),
    ]);
    await using _listening = listening;
    await using _asking = asking;
    const began = systemClock.now();
    await converse(listening, asking, name);
    const ms = Math.ceil(systemClock.now() - began);
    const where = settings.redisUrl === undefined
      ? "between the workers of this process; several machines need REDIS_URL"
      : "over Redis, between all machines that share it";
    return [fine("bus", `asks, answers and publishes in ${ms} ms, ${where}`)];
  } catch (error) {
    const reason = reasonOf(error);
    const next = settings.redisUrl === undefined ? undefined : redisAdvice(reason);
    return [broken("bus", reason, next)];
  }
}

/** @throws {BusError} @throws {Error} a message did not arrive. */
async function converse(listening: Bus, asking: Bus, topic: string): Promise<void> {
  const heard = Promise.withResolvers<void>();
  await listening.subscribe(topic, (payload) => {
    if (payload === "publication") heard.resolve();
    return "answer";
  }).ready;
  await askUntilAnswered(asking, topic, listening.id);
  await asking.publish(topic, "publication");
  await within(heard.promise, ANSWER_MS, systemClock);
}

/** Those who have just joined a bus may not know each other yet: then a question goes to nobody. */
async function askUntilAnswered(asking: Bus, topic: string, whom: string): Promise<void> {
  const end = systemClock.now() + ANSWER_MS;
  for (let left = ANSWER_MS; left > 0; left = end - systemClock.now()) {
    const { answers } = await asking.ask(topic, "question", left);
    if (answers.get(whom) === "answer") return;
    await sleep(systemClock, PAUSE_MS);
  }
  throw new Error(`a question was not answered within ${ANSWER_MS} ms`);
}
