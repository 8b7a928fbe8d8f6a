/**
 * Light or dark, as the reader chose before. A classic script in the head, not a module: it has to
 * run before the first picture, or a page that shall be dark would flash white.
 */
{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const current = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");

  const remembered = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  };

  /** @param {string} theme */
  const remember = (theme) => {
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // A browser that keeps nothing: the choice holds for this page.
    }
  };

  const before = remembered();
  if (before === "light" || before === "dark") root.dataset.theme = before;

  document.addEventListener("DOMContentLoaded", () => {
    const toggle = document.getElementById("theme");
    const show = () => toggle?.setAttribute("aria-pressed", String(current() === "dark"));
    toggle?.addEventListener("click", () => {
      root.dataset.theme = current() === "dark" ? "light" : "dark";
      remember(root.dataset.theme);
      show();
    });
    dark.addEventListener("change", show);
    show();
  });
}
