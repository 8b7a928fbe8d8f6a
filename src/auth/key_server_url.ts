/**
 * The address of a key server, as an operator writes it.
 *
 * @module
 */

import { KeySettingError } from "./key_origin.ts";

/** @throws {KeySettingError} it is not an http or https URL, or carries credentials. */
export function keyServerUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new KeySettingError("the key server's address is not an http or https URL");
  }
  if (url.username !== "" || url.password !== "") {
    throw new KeySettingError("the key server's address must not hold a user name or password");
  }
  url.hash = "";
  return url;
}
