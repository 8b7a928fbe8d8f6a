/**
 * What to copy from here into a terminal or a configuration.
 *
 * @module
 */

import { restAddress } from "./api.js";
import { buttonById, byId, copyOnClick } from "./dom.js";
import { shortened } from "./frame.js";

/**
 * @param {import("./api.js").Tokens} tokens
 * @returns {Record<string, string>} by the id of its place in the page
 */
function snippets({ conference, system, basePath }) {
  const authorization = `-H "Authorization: Bearer ${system}"`;
  const base = restAddress("").replace(/\/$/, "");
  return {
    "snippet-golive": [
      `curl ${base}/golive \\`,
      `  ${authorization} \\`,
      `  --json '{"conference":"${conference}"}'`,
    ].join("\n"),
    "snippet-look": [
      `curl ${base}/conferences/${conference} \\`,
      `  ${authorization}`,
    ].join("\n"),
    "snippet-jitsi": [
      "config.visitors = {",
      `  queueService: '${location.host}${basePath}'`,
      "}",
    ].join("\n"),
  };
}

export class Snippets {
  /** @type {Record<string, string>} */
  #texts = {};

  constructor() {
    for (const id of ["snippet-golive", "snippet-look", "snippet-jitsi"]) {
      copyOnClick(buttonById(`${id}-copy`), () => this.#texts[id] ?? "");
    }
  }

  /** Shown with the tokens cut short, copied with all of them. @param {import("./api.js").Tokens} tokens */
  show(tokens) {
    this.#texts = snippets(tokens);
    for (const [id, text] of Object.entries(this.#texts)) byId(id).textContent = shortened(text);
  }
}
