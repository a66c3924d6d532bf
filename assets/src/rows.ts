// Which row of a list one is at. The keyboard's focus says it; a row that is brought in anew keeps what it had.

import { each } from "./page";

let at = "";

export const list = (): HTMLElement | null => document.querySelector<HTMLElement>("[data-list]");

export function rows(): HTMLTableRowElement[] {
  return Array.from(document.querySelectorAll<HTMLTableRowElement>("[data-list] tr.tc-row"));
}

export function current(): HTMLTableRowElement | null {
  return document.querySelector<HTMLTableRowElement>("[data-list] tr.is-current");
}

export function rowOf(element: Element | null): HTMLTableRowElement | null {
  return element?.closest<HTMLTableRowElement>("[data-list] tr.tc-row") ?? null;
}

export function become(row: HTMLTableRowElement): void {
  const before = current();
  if (before === row) return;
  before?.classList.remove("is-current");
  row.classList.add("is-current");
  at = row.dataset.ref ?? "";
}

// Goes to a row: its title takes the focus, and the list scrolls no further than it must.
export function goTo(row: HTMLTableRowElement): void {
  become(row);
  row.querySelector<HTMLElement>(".tc-row-title")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

// A list that is opened again begins at the row of this reference, unless one is at another already.
export function resume(ref: string): void {
  const row = rows().find((one) => one.dataset.ref === ref);
  if (!row || current()) return;
  become(row);
  row.scrollIntoView({ block: "center" });
}

export function step(by: number): HTMLTableRowElement | null {
  const found = rows();
  const at = found.findIndex((row) => row.classList.contains("is-current"));
  const next = found[at < 0 ? 0 : Math.min(found.length - 1, Math.max(0, at + by))];
  if (!next) return null;
  goTo(next);
  return next;
}

document.addEventListener("focusin", (event) => {
  const row = rowOf(event.target as Element | null);
  if (row) become(row);
});

export function start(root: ParentNode): void {
  each<HTMLTableRowElement>(root, "[data-list] tr.tc-row", "row", (row) => {
    if (at && row.dataset.ref === at) become(row);
  });
}
