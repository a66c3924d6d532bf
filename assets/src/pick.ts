// The menu that changes one field of a row in place: one for the whole page, filled by the server when it is asked for.
// Menus that need people or teams bring them when they are first opened.

import htmx from "./htmx";
import { place } from "./menus";
import { each } from "./page";

let opener: HTMLElement | null = null;

async function open(link: HTMLAnchorElement, picker: HTMLElement): Promise<void> {
  opener = link;
  await htmx.ajax("GET", link.href, { target: picker, swap: "innerHTML" });
  if (!link.isConnected || !picker.firstElementChild) return;
  picker.showPopover();
  place(picker, link);
}

document.addEventListener("click", (event) => {
  const link = (event.target as Element | null)?.closest<HTMLAnchorElement>("a[data-pick]");
  const picker = document.getElementById("picker");
  if (!link || !picker || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  void open(link, picker);
});

// The row was put in anew: the focus returns to the cell that the menu was opened from.
function close(picker: HTMLElement): void {
  if (picker.matches(":popover-open")) picker.hidePopover();
  const same = opener?.isConnected ? opener : document.querySelector<HTMLElement>(`a[data-pick][href="${opener?.getAttribute("href") ?? ""}"]`);
  same?.focus({ preventScroll: true });
}

function bring(part: HTMLElement, address: string): void {
  void htmx.ajax("GET", address, { target: part, swap: "innerHTML" }).then(() => {
    const menu = part.closest<HTMLElement>("[popover].tc-menu");
    const from = menu && document.querySelector(`[popovertarget="${menu.id}"]`);
    if (menu?.matches(":popover-open") && from && !menu.matches(".tc-filter")) place(menu, from);
  });
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "#picker", "picker", (picker) => {
    picker.addEventListener("htmx:finally:request", (event) => {
      if ((event.target as Element).matches?.(".tc-pick-list")) close(picker);
    });
  });
  each<HTMLElement>(root, "[data-load]", "load", (part) => {
    const address = part.dataset.load ?? "";
    part.closest("[popover]")?.addEventListener("toggle", (event) => {
      if ((event as ToggleEvent).newState === "open") bring(part, address);
    }, { once: true });
  });
  each<HTMLInputElement>(root, "input[data-search]", "search", (field) => {
    let timer = 0;
    field.hidden = false;
    field.addEventListener("input", () => {
      window.clearTimeout(timer);
      const part = field.parentElement?.querySelector<HTMLElement>("[data-load]");
      if (part) timer = window.setTimeout(() => bring(part, `${part.dataset.load}?q=${encodeURIComponent(field.value)}`), 200);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  });
  each<HTMLElement>(root, ".tc-toast form[hx-post]", "undone", (form) => {
    form.addEventListener("htmx:finally:request", () => form.closest(".tc-toast")?.remove());
  });
}
