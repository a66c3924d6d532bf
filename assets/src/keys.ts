// Keys. Which there are stands in the list of keys (the dialog `#keys`, made from the table in web/keys.py), and only those
// act. A single key is offered to the screen's own script (`tocsin:key`, which it may cancel), else presses the control that
// says `data-key`. Single keys rest while somebody types, and can be switched off in the profile (WCAG 2.1.4).

import { each, isTyping, page, word } from "./page";

const GO = "g";
const GO_MILLISECONDS = 1500;

function list(): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>("dialog#keys");
}

function control(key: string): HTMLElement | undefined {
  return Array.from(document.querySelectorAll<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)).find(
    (found) => found.checkVisibility() && !found.matches(":disabled"),
  );
}

export function press(key: string): boolean {
  const free = document.dispatchEvent(new CustomEvent("tocsin:key", { detail: { key }, cancelable: true }));
  if (!free) return true;
  const found = control(key);
  if (!found) {
    if (key !== "/") return false;
    document.querySelector<HTMLElement>("[data-palette]")?.click(); // a screen without a search of its own
    return true;
  }
  if (found.matches("input:not([type=checkbox]), textarea, select")) found.focus();
  else found.click();
  return true;
}

export function help(): void {
  const dialog = list();
  if (!dialog || dialog.open) return;
  const rows = ["j", "k", "x"].concat(document.querySelector("[data-list] [data-pick]") ? ["a", "i", "s", "p"] : []);
  for (const entry of dialog.querySelectorAll<HTMLElement>("[data-single]")) {
    const key = entry.dataset.single ?? "";
    const away = !["/", "?", ...rows].includes(key) && !control(key);
    entry.classList.toggle("is-away", away);
    entry.querySelector("small")?.remove();
    if (!away) continue;
    const note = document.createElement("small");
    note.textContent = word("not-here");
    entry.querySelector("dd")?.append(" ", note);
  }
  dialog.showModal();
}

let goingUntil = 0;

function go(key: string): boolean {
  const entry = list()?.querySelector<HTMLElement>(`[data-go="${CSS.escape(key)}"]`);
  if (!entry?.dataset.path) return false;
  location.assign(entry.dataset.path);
  return true;
}

function single(event: KeyboardEvent): boolean {
  const { key } = event;
  if (performance.now() < goingUntil) {
    goingUntil = 0;
    return go(key);
  }
  if (key === GO && list()?.querySelector("[data-go]")) {
    goingUntil = performance.now() + GO_MILLISECONDS;
    return true;
  }
  if (!list()?.querySelector(`[data-single="${CSS.escape(key)}"]`)) return false;
  if (key === "?") {
    help();
    return true;
  }
  return press(key);
}

// Ctrl+Enter sends the form of what is being written, with its own button.
function send(event: KeyboardEvent): boolean {
  const form = event.target instanceof HTMLTextAreaElement ? event.target.form : null;
  if (!form) return false;
  form.requestSubmit();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const chord = event.ctrlKey || event.metaKey;
  if (chord && event.key === "Enter" && !event.altKey) {
    if (send(event)) event.preventDefault();
    return;
  }
  if (!page().keys || chord || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (single(event)) event.preventDefault();
});

// A dialog closes by its button, and by a click beside it.
function closable(dialog: HTMLDialogElement): void {
  dialog.addEventListener("click", (event) => {
    const on = event.target instanceof Element ? event.target : null;
    if (on === dialog || on?.closest("[data-close]")) dialog.close();
  });
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "[data-help]", "help", (button) => {
    button.addEventListener("click", () => {
      button.closest<HTMLElement>("[popover]")?.hidePopover();
      help();
    });
  });
  each<HTMLDialogElement>(root, "dialog#keys, dialog#palette", "closable", closable);
}
