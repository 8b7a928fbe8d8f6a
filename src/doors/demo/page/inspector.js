/**
 * What the chosen visitor went through.
 *
 * @module
 */

import { buttonById, byId, element } from "./dom.js";
import { clock, preciseClock, STATE_WORDS, wholeSeconds } from "./format.js";

/** @typedef {import("./visitor.js").Visitor} Visitor */

export class Inspector {
  #title = byId("inspector-title");
  #steps = byId("inspector-steps");
  #close = buttonById("inspector-close");
  #retry = buttonById("inspector-retry");
  /** @type {Visitor | undefined} */
  #visitor;
  /**
   * The list is made anew only when it is another: somebody may be reading in it.
   * @type {import("./visitor.js").Step | undefined}
   */
  #lastListed;

  constructor() {
    this.#close.addEventListener("click", () => this.#visitor?.close());
    this.#retry.addEventListener("click", () => this.#visitor?.connect());
  }

  /** @param {Visitor | undefined} visitor */
  show(visitor) {
    this.#visitor = visitor;
    this.update();
  }

  /** Draws anew, also because time went by. */
  update() {
    const visitor = this.#visitor;
    const focused = document.activeElement;
    this.#close.hidden = visitor === undefined || !visitor.open;
    this.#retry.hidden = visitor?.state !== "error";
    // A button that hides would drop the reader at the top of the page.
    if (focused instanceof HTMLElement && focused.hidden) focusGrid();
    if (visitor === undefined) {
      this.#title.textContent = "Choose a visitor to see what it went through.";
      this.#steps.replaceChildren();
      this.#steps.removeAttribute("tabindex");
      this.#lastListed = undefined;
      return;
    }
    this.#title.textContent = title(visitor);
    const last = visitor.steps.at(-1);
    if (last !== this.#lastListed) this.#list(visitor);
    this.#lastListed = last;
  }

  /** @param {Visitor} visitor */
  #list(visitor) {
    this.#steps.replaceChildren(...visitor.steps.map(({ state, at, note }) =>
      element(
        "li",
        { "data-state": state },
        element("time", {}, preciseClock(at)),
        element("b", {}, STATE_WORDS[state]),
        element("span", {}, note),
      )
    ));
    this.#steps.tabIndex = 0;
    this.#steps.scrollTop = this.#steps.scrollHeight;
  }
}

function focusGrid() {
  const entry = byId("visitors").querySelector("[tabindex='0']");
  if (entry instanceof HTMLElement) entry.focus();
}

/** @param {Visitor} visitor */
function title(visitor) {
  const since = visitor.steps.at(-1)?.at ?? Date.now();
  const name = `Visitor ${visitor.number}`;
  if (visitor.state !== "waiting") return `${name}: ${STATE_WORDS[visitor.state]}`;
  return `${name}: waiting since ${clock(since)}, ${wholeSeconds(Date.now() - since)}`;
}
