/**
 * Says step by step what happens to a token, for an operator whose client is refused.
 *
 * @module
 */

import { systemClock } from "../time/clock.ts";
import { AuthError } from "./auth_error.ts";
import { quote } from "../base/quote.ts";
import {
  Authenticator,
  type AuthenticatorOptions,
  DEFAULT_TOLERANCE_SEC,
} from "./authenticator.ts";
import { carriesUser, judgeClaims, type Moment, type TokenKind } from "./claims.ts";
import type { KeySource } from "./key_source.ts";
import type { Principal } from "./principal.ts";
import { SignatureCheck } from "./signature_check.ts";
import { bearerToken, type DecodedToken, decodeToken, isObject } from "./token.ts";
import { candidates, firstSigner, refuseForeignTenant, type TokenRules } from "./token_group.ts";

/** One thing that was looked at, and what was found. */
export interface Step {
  /** What was looked at, e.g. `header` or `client: exp`. */
  readonly step: string;
  readonly ok: boolean;
  readonly text: string;
}

/** Everything that was looked at in a token, in order. */
export interface Explanation {
  readonly steps: readonly Step[];
  /** Who the token speaks for; `undefined` when it is not accepted. */
  readonly principal: Principal | undefined;
}

/**
 * Follows `token` (with or without `Bearer`) through the rules. The last step is the verdict of the
 * authenticator itself. No step holds the signature.
 */
export async function explain(parts: AuthenticatorOptions, token: string): Promise<Explanation> {
  const authorization = /^bearer\s/i.test(token) ? token : `Bearer ${token}`;
  const steps: Step[] = [];
  const decoded = decode(authorization, steps);
  if (decoded) {
    for (const kind of kindsOf(decoded, steps)) {
      steps.push(...await explainGroup(kind, parts, decoded));
    }
  }
  return await conclude(parts, authorization, steps);
}

function decode(authorization: string, steps: Step[]): DecodedToken | undefined {
  try {
    const decoded = decodeToken(bearerToken(authorization));
    steps.push(fine("header", JSON.stringify(decoded.header)));
    steps.push(fine("payload", JSON.stringify(decoded.payload)));
    return decoded;
  } catch (error) {
    steps.push(wrong("token", error));
    return undefined;
  }
}

function kindsOf({ payload }: DecodedToken, steps: Step[]): readonly TokenKind[] {
  const room = isObject(payload["context"]) ? payload["context"]["room"] : undefined;
  if (isObject(room) && room["regex"] !== undefined) {
    steps.push(fine("context.room.regex", "not supported: the room claim is taken literally"));
  }
  if (carriesUser(payload)) {
    steps.push(fine("kind", "it carries context.user, so it is tried as a client token only"));
    return ["client"];
  }
  const text = "it carries no context.user: tried as a system token, then as a client token";
  steps.push(fine("kind", text));
  return ["system", "client"];
}

async function explainGroup(
  kind: TokenKind,
  parts: AuthenticatorOptions,
  token: DecodedToken,
): Promise<Step[]> {
  const rules = parts[kind];
  const claims = judgeClaims(kind, token.payload, { ...rules, ...momentOf(parts) });
  const steps = claims.map((one) => ({
    step: `${kind}: ${one.claim}`,
    ok: one.ok,
    text: one.text(),
  }));
  if (claims.some(({ ok }) => !ok)) {
    return [...steps, fine(`${kind}: key`, "not looked for, because of the claims")];
  }
  try {
    for (const source of candidates(kind, rules, token)) {
      steps.push(...await explainSource(kind, source, token, rules));
    }
  } catch (error) {
    steps.push(wrong(`${kind}: alg`, error));
  }
  return steps;
}

async function explainSource(
  kind: TokenKind,
  source: KeySource,
  token: DecodedToken,
  rules: TokenRules,
): Promise<Step[]> {
  const steps: Step[] = [];
  let step = `${kind}: tenant of the key`;
  try {
    refuseForeignTenant(kind, source, token, rules);
    step = `${kind}: key`;
    const keys = await source.find(token.header);
    const { kid } = token.header;
    const which = kid === undefined ? "the key" : `the key ${quote(kid)}`;
    steps.push(fine(step, `${source.label} has ${which}`));
    step = `${kind}: signature`;
    const check = new SignatureCheck();
    await firstSigner(keys, token, (token, key) => check.run(token, key));
    steps.push(fine(step, `made with the key of ${source.label}`));
  } catch (error) {
    steps.push({ step, ok: false, text: `${source.label}: ${(error as Error).message}` });
  }
  return steps;
}

async function conclude(
  parts: AuthenticatorOptions,
  authorization: string,
  steps: Step[],
): Promise<Explanation> {
  try {
    const principal = await new Authenticator(parts).authenticate(authorization);
    return { steps: [...steps, fine("verdict", JSON.stringify(principal))], principal };
  } catch (error) {
    return { steps: [...steps, wrong("verdict", error)], principal: undefined };
  }
}

function momentOf({ clock = systemClock, clockToleranceSec }: AuthenticatorOptions): Moment {
  return {
    nowSec: clock.wall() / 1000,
    toleranceSec: clockToleranceSec ?? DEFAULT_TOLERANCE_SEC,
  };
}

function fine(step: string, text: string): Step {
  return { step, ok: true, text };
}

function wrong(step: string, error: unknown): Step {
  const { message } = error as Error;
  return {
    step,
    ok: false,
    text: error instanceof AuthError ? `${error.code}: ${message}` : message,
  };
}
