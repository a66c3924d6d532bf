// Single keys. A page says with `data-key="r"` which control a key presses; they rest while somebody types, and can be
// switched off in the profile (WCAG 2.1.4).

import { isTyping, page } from "./page";

export function press(key: string): boolean {
  const found = Array.from(document.querySelectorAll<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)).find(
    (control) => control.checkVisibility() && !control.matches(":disabled"),
  );
  if (!found) return false;
  if (found.matches("input:not([type=checkbox]), textarea, select")) found.focus();
  else found.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (!page().keys || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]") && event.key !== "?") return;
  if (press(event.key)) event.preventDefault();
});

export function start(_root: ParentNode): void {
  // Listens on the document, once.
}
