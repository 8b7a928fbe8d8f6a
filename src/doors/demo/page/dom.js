/**
 * The few things that this page needs of the DOM again and again.
 *
 * @module
 */

/**
 * The element with that id, which the page has.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Cannot find #${id} in the page`);
  return found;
}

/** @param {string} id @returns {HTMLButtonElement} */
export function buttonById(id) {
  return /** @type {HTMLButtonElement} */ (byId(id));
}

/** @param {string} id @returns {HTMLInputElement} */
export function inputById(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/**
 * Marks a button as one that does nothing now. It keeps the focus: a button that is disabled while
 * it has it drops the reader at the top of the page.
 *
 * @param {HTMLButtonElement} button
 * @param {boolean} idle
 */
export function setIdle(button, idle) {
  button.setAttribute("aria-disabled", String(idle));
}

/** Lets no click through to a button that is idle. Called once. */
export function muteIdleButtons() {
  document.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest?.("[aria-disabled='true']") === null) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * As {@linkcode element}, for what is inside a drawing.
 *
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * Says `text` to who listens to the page instead of looking at it.
 *
 * @param {string} text
 */
export function announce(text) {
  const region = byId("announcer");
  if (region.textContent !== text) region.textContent = text;
}

/**
 * Runs `draw` with the next picture, once however often it is asked for until then.
 *
 * @param {() => void} draw
 * @returns {() => void}
 */
export function oncePerFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/**
 * Makes a list of rows that open one stop of Tab, in which the arrows go from row to row. Each row's
 * summary has a `tabindex` of -1.
 *
 * @param {HTMLElement} box which can have the focus itself
 */
export function walkRows(box) {
  box.addEventListener("keydown", (event) => {
    const rows = /** @type {HTMLElement[]} */ ([...box.querySelectorAll("summary")]);
    const here = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 };
    const target = next[/** @type {keyof typeof next} */ (event.key)];
    if (target === undefined) return;
    event.preventDefault();
    (rows[target] ?? (target < 0 ? box : undefined))?.focus();
  });
}

/**
 * Copies what `text` gives and says so on the button for a moment.
 *
 * @param {HTMLElement} button
 * @param {() => string} text
 */
export function copyOnClick(button, text) {
  const label = button.querySelector("[data-label]") ?? button;
  const before = label.textContent;
  let timer = 0;
  button.addEventListener("click", async () => {
    const done = await copied(text());
    label.textContent = done ? "Copied" : "Cannot copy";
    announce(done ? "Copied" : "The browser does not allow to copy");
    clearTimeout(timer);
    timer = setTimeout(() => label.textContent = before, 1600);
  });
}

/** @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
