import assert from "node:assert/strict";
import {
  type Env,
  type LoadOptions,
  loadSettings,
  type Settings,
  SettingsError,
} from "../../src/config/config.ts";

export const SECRET = "a-secret-of-thirty-two-octets-01";
export const OTHER_SECRET = "another-secret-of-enough-octets-2";
export const PLACE = { XMPP_DOMAIN: "meet.example", XMPP_MUC_DOMAIN: "conference.meet.example" };

export function load(env: Env, options: LoadOptions = {}): Settings {
  return loadSettings(env, { cores: 4, ...options }).settings;
}

export function warningsOf(env: Env): string[] {
  return loadSettings(env, { cores: 4 }).warnings;
}

export function problemsOf(env: Env, options: LoadOptions = {}): readonly string[] {
  try {
    loadSettings(env, options);
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.problems;
  }
  return [];
}
