// Triage by single keys: a button that says `data-choice` is pressed by that key. They rest as all single keys do.

import { isTyping, page } from "./page";

document.addEventListener("keydown", (event) => {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.defaultPrevented || !isPlain || event.repeat || !page().keys || isTyping(event.target)) return;
  if (document.querySelector("dialog[open], [popover]:popover-open")) return;
  const button = document.querySelector<HTMLElement>(`[data-choice="${CSS.escape(event.key)}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

export function start(_root: ParentNode): void {
  // Listens on the document, once.
}
