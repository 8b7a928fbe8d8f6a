/**
 * What is said on a topic: the module that owns the topic defines it, with a schema for its messages
 * and one for their answers, and nobody else touches the text that the bus carries.
 *
 *     const ROOMS = defineTopics("room", { message: messageSchema, answer: answerSchema });
 *     using subscription = ROOMS.of(token).subscribe(bus, (message) => answerTo(message));
 *     const { answers } = await ROOMS.of(token).ask(bus, { type: "count" }, 500);
 *
 * During a rolling update two versions meet. A message that does not fit the schema is ignored, an
 * answer that does not is one that did not come, and what a schema does not know it drops.
 *
 * @module
 */

import type { Answers, Bus, Subscription } from "./bus.ts";

/** As much of a schema of zod as is needed here. */
export interface Schema<T> {
  safeParse(value: unknown): { readonly data?: T | undefined };
}

/** What may be said on a topic. All of it has to be plain JSON. */
export interface Speech<Message, Answer = never> {
  readonly message: Schema<Message>;
  /** Of what handlers return; a topic without it is never asked. */
  readonly answer?: Schema<Answer>;
}

/** One topic; a few words for the bus, which may be made anew each time. */
export class Topic<Message, Answer = never> {
  constructor(readonly name: string, readonly speech: Speech<Message, Answer>) {}

  /** @see {@linkcode Bus.publish} @throws {BusError} */
  publish(bus: Bus, message: Message): Promise<void> {
    return bus.publish(this.name, JSON.stringify(message));
  }

  /** @see {@linkcode Bus.tell} @throws {BusError} */
  tell(bus: Bus, isolate: string, message: Message): Promise<boolean> {
    return bus.tell(isolate, this.name, JSON.stringify(message));
  }

  /** @see {@linkcode Bus.ask} @throws {BusError} */
  async ask(bus: Bus, message: Message, timeoutMs: number): Promise<Answers<Answer>> {
    const texts = await bus.ask(this.name, JSON.stringify(message), timeoutMs);
    const answers = new Map<string, Answer>();
    for (const [id, text] of texts.answers) {
      const answer = parsed(this.speech.answer, text);
      if (answer !== undefined) answers.set(id, answer);
    }
    return { answers, complete: texts.complete && answers.size === texts.answers.size };
  }

  /** @see {@linkcode Bus.subscribe}. What `handler` returns is its answer. */
  subscribe(bus: Bus, handler: (message: Message, from: string) => Answer | void): Subscription {
    const schema = this.speech.message;
    return bus.subscribe(this.name, (text, from) => {
      const message = parsed(schema, text);
      if (message === undefined) return undefined;
      return JSON.stringify(handler(message, from));
    });
  }
}

/** Topics that differ in a key, such as the name of a conference. */
export interface Topics<Message, Answer = never> {
  /** The topic of `key`, which may be any string: topics of different keys differ. */
  of(key: string): Topic<Message, Answer>;
}

/** @param name which no other topic has, and no family of topics. */
export function defineTopic<Message, Answer = never>(
  name: string,
  speech: Speech<Message, Answer>,
): Topic<Message, Answer> {
  return new Topic(name, speech);
}

/** @param family the topics are called `{family}/{key}`. */
export function defineTopics<Message, Answer = never>(
  family: string,
  speech: Speech<Message, Answer>,
): Topics<Message, Answer> {
  return { of: (key) => new Topic(`${family}/${key}`, speech) };
}

/** Undefined for what this version does not understand, or somebody else wrote. */
function parsed<T>(schema: Schema<T> | undefined, text: string): T | undefined {
  try {
    return schema?.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
