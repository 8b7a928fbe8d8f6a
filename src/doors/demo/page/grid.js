/**
 * The visitors as small squares: two hundred fit without a row for each.
 *
 * @module
 */

import { byId, element, oncePerFrame } from "./dom.js";
import { clock, STATE_WORDS } from "./format.js";

/** Up to so many are shown with their state in words. */
const MAX_ROOMY = 24;

/** @typedef {import("./visitor.js").Visitor} Visitor */

export class VisitorGrid {
  #box = byId("visitors");
  #empty = byId("visitors-empty");
  /** @type {Map<Visitor, HTMLElement>} */
  #squares = new Map();
  /** @type {Set<Visitor>} */
  #changed = new Set();
  #onSelect;
  /** @type {Visitor | undefined} */
  selected;
  #soon = oncePerFrame(() => this.#paint());

  /** @param {(visitor: Visitor | undefined) => void} onSelect */
  constructor(onSelect) {
    this.#onSelect = onSelect;
    this.#box.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {Visitor} visitor */
  add(visitor) {
    const attributes = { type: "button", class: "square", tabindex: "-1" };
    const square = element(
      "button",
      attributes,
      element("b", {}, String(visitor.number)),
      " ",
      element("span", {}, ""),
    );
    square.addEventListener("click", () => this.select(visitor));
    square.addEventListener("focus", () => this.#makeEntry(square));
    this.#squares.set(visitor, square);
    this.#box.append(square);
    if (this.#squares.size === 1) square.tabIndex = 0;
    this.#empty.hidden = true;
    this.change(visitor);
  }

  /** @param {Visitor} visitor */
  remove(visitor) {
    const square = this.#squares.get(visitor);
    this.#squares.delete(visitor);
    square?.remove();
    if (this.selected === visitor) this.select(undefined);
    this.#empty.hidden = this.#squares.size > 0;
    if (square?.tabIndex === 0) this.#makeEntry(this.#all()[0]);
  }

  /** @param {Visitor} visitor */
  change(visitor) {
    this.#changed.add(visitor);
    this.#soon();
  }

  /** @param {Visitor | undefined} visitor */
  select(visitor) {
    this.#mark(this.selected, false);
    this.selected = visitor;
    this.#mark(visitor, true);
    this.#onSelect(visitor);
  }

  /** @param {Visitor | undefined} visitor @param {boolean} on */
  #mark(visitor, on) {
    const square = visitor && this.#squares.get(visitor);
    square?.setAttribute("aria-pressed", String(on));
  }

  #paint() {
    for (const visitor of this.#changed) {
      const square = this.#squares.get(visitor);
      if (square === undefined) continue;
      paint(square, visitor);
      this.#place(square, visitor);
    }
    this.#changed.clear();
    this.#box.dataset.density = this.#squares.size > MAX_ROOMY ? "dense" : "roomy";
  }

  /**
   * Squares stand in the order of arrival, in which their visitors are told; who has not arrived
   * stands behind.
   *
   * @param {HTMLElement} square
   * @param {Visitor} visitor
   */
  #place(square, { arrivedAt }) {
    if (Number(square.dataset.arrivedAt ?? 0) === arrivedAt) return;
    square.dataset.arrivedAt = String(arrivedAt);
    const next = this.#all().find((other) =>
      other !== square && !(Number(other.dataset.arrivedAt ?? Infinity) <= arrivedAt)
    );
    if (next === square.nextElementSibling) return;
    const focused = document.activeElement === square;
    this.#box.insertBefore(square, next ?? null);
    if (focused) square.focus();
  }

  /** One square is reached with Tab, the others from there with the arrows. @param {KeyboardEvent} event */
  #key(event) {
    const squares = this.#all();
    const here = squares.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (here < 0) return;
    if (event.key === "Delete") this.selected?.close();
    const next = this.#target(event.key, here, squares);
    if (next === undefined) return;
    event.preventDefault();
    squares[Math.max(0, Math.min(squares.length - 1, next))]?.focus();
  }

  /** @param {string} key @param {number} here @param {HTMLElement[]} squares */
  #target(key, here, squares) {
    const top = squares[0]?.offsetTop;
    const inRow = squares.filter(({ offsetTop }) => offsetTop === top).length;
    switch (key) {
      case "ArrowLeft":
        return here - 1;
      case "ArrowRight":
        return here + 1;
      case "ArrowUp":
        return here - inRow < 0 ? here : here - inRow;
      case "ArrowDown":
        return here + inRow;
      case "Home":
        return 0;
      case "End":
        return squares.length - 1;
      default:
        return undefined;
    }
  }

  #all() {
    return /** @type {HTMLElement[]} */ ([...this.#box.querySelectorAll(".square")]);
  }

  /** @param {HTMLElement | undefined} square */
  #makeEntry(square) {
    for (const other of this.#squares.values()) other.tabIndex = other === square ? 0 : -1;
  }
}

/** @param {HTMLElement} square @param {Visitor} visitor */
function paint(square, { number, state, steps }) {
  const since = clock(steps.at(-1)?.at ?? Date.now());
  const words = state === "waiting" ? `since ${since}` : SHORT[state] ?? state;
  square.dataset.state = state;
  square.title = `Visitor ${number}: ${STATE_WORDS[state]} since ${since}`;
  // What is seen comes first: who speaks to the page says what is seen.
  square.setAttribute("aria-label", `${number} ${words}: visitor ${STATE_WORDS[state]}`);
  const place = square.lastElementChild;
  if (place !== null) place.textContent = words;
}

/** Where there is little room. @type {Record<string, string>} */
const SHORT = { live: "told", joined: "left" };
