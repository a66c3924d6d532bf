// Menus are popovers of the browser. Here they are put beside what opened them, and made walkable by arrow keys.

import { each } from "./page";

const GAP = 4;

export function place(menu: HTMLElement, opener: Element): void {
  const at = opener.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP + height <= window.innerHeight || at.top < height + GAP;
  const top = below ? at.bottom + GAP : at.top - GAP - height;
  const left = Math.min(Math.max(GAP, at.left), window.innerWidth - width - GAP);
  menu.style.insetBlockStart = `${Math.max(GAP, top)}px`;
  menu.style.insetInlineStart = `${Math.max(GAP, left)}px`;
}

function items(menu: HTMLElement): HTMLElement[] {
  return Array.from(menu.querySelectorAll<HTMLElement>("button, a[href], input, [tabindex='0']")).filter((item) => item.offsetParent !== null);
}

function walk(menu: HTMLElement, event: KeyboardEvent): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (!step || (event.target instanceof HTMLTextAreaElement)) return;
  const found = items(menu);
  const at = found.indexOf(document.activeElement as HTMLElement);
  found[(at + step + found.length) % found.length]?.focus();
  event.preventDefault();
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "[popover].tc-menu", "menu", (menu) => {
    menu.addEventListener("toggle", (event) => {
      if ((event as ToggleEvent).newState !== "open") return;
      const openers = `[popovertarget="${menu.id}"]`;
      const opener = document.activeElement?.closest(openers) ?? document.querySelector(openers);
      if (opener) place(menu, opener);
      items(menu)[0]?.focus();
    });
    menu.addEventListener("keydown", (event) => walk(menu, event));
  });
}
