/**
 * The address of a key server, as an operator writes it.
 *
 * @module
 */

import { isLoopback } from "../base/loopback.ts";
import { quote } from "../base/quote.ts";
import { KeySettingError } from "./key_origin.ts";

/**
 * Plain HTTP is for test benches and closed networks. There are no credentials in it, because it
 * appears in messages.
 *
 * @throws {KeySettingError} it is not an http or https URL, or carries credentials.
 */
export function keyServerUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:\/\//i.test(text)) {
    const shown = text.includes("@") ? "" : ` ${quote(text)}`;
    const hint = text.includes("://") ? "" : "; it begins with https://";
    throw new KeySettingError(
      `the key server's address${shown} is not an http or https URL${hint}`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new KeySettingError("the key server's address must not hold a user name or password");
  }
  url.hash = "";
  return url;
}

/**
 * The address under which an ASAP key server has its keys, in one spelling.
 *
 * @throws {KeySettingError} a key's name cannot be put behind it.
 */
export function keyServerBase(text: string): string {
  const url = keyServerUrl(text);
  if (text.includes("?")) {
    throw new KeySettingError("the key server's address must not have a ?");
  }
  return url.href.replace(/\/+$/, "");
}

/** Whether somebody on the way to the server could exchange its keys. */
export function isPlainHttp(address: string): boolean {
  const url = keyServerUrl(address);
  return url.protocol === "http:" && !isLoopback(url.hostname);
}
