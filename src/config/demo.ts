/**
 * Whether this is the demo, and whether that can be meant.
 *
 * @module
 */

import type { Declared } from "./declarations.ts";
import { lookAlike } from "./look_alikes.ts";
import { type Env, isSet, readText } from "./reading.ts";
import type { Problem } from "./remark.ts";
import { flag } from "./schemas.ts";

/** Whether this is a demo, and what speaks against it. */
export interface DemoMode {
  readonly demo: boolean;
  /** Settings of somebody who means no demo: it would hand tokens to strangers. */
  readonly problems: readonly Problem[];
}

const NEXT = "with a key for clients (such as JWT_APP_SECRET) and one for the backend (such as " +
  "SYSTEM_JWT_SECRET), or with DEMO=1 for the demo";

/** Where no key is set, what looks a little like one is meant as one: `JWT_SECRET`. */
const KEY_DISTANCE = 3;

/** Demo mode is asked for by name (`DEMO=1`), or it is when no key is set. */
export function demoMode(declared: readonly Declared[], env: Env): DemoMode {
  if (flag().safeParse(env["DEMO"]?.trim()).data === true) return { demo: true, problems: [] };
  const keys = declared.filter(({ declaration }) => declaration.key);
  if (keys.some(({ name }) => isSet(name, env))) return { demo: false, problems: [] };
  return {
    demo: true,
    problems: [...productionSettings(declared, env), ...misspeltKeys(keys, declared, env)],
  };
}

function productionSettings(declared: readonly Declared[], env: Env): Problem[] {
  return declared.filter(({ name, declaration: { production } }) => {
    const text = readText({ name }, env);
    if (text === undefined || production === undefined) return false;
    return production === true || production(text);
  }).map(({ name }) => ({
    setting: name,
    text: "is set, but no key is, so this would be the demo, which hands out tokens",
    accepted: NEXT,
  }));
}

function misspeltKeys(
  keys: readonly Declared[],
  declared: readonly Declared[],
  env: Env,
): Problem[] {
  const known = declared.map(({ name }) => name);
  return Object.keys(env).filter((name) => isSet(name, env)).flatMap((name) => {
    const meant = lookAlike(name, known, KEY_DISTANCE);
    if (!keys.some((key) => key.name === meant)) return [];
    return [{
      setting: name,
      text: "is not a setting, and no key is set, so this would be the demo",
      accepted: `${meant}, or DEMO=1 for the demo`,
    }];
  });
}
