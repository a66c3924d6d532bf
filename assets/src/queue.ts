// The keys of a list: `j` and `k` move, `x` ticks, `s`, `p`, `a` and `i` change the ticked rows or the one that has the
// focus; Escape unticks, then closes the incident beside the list. They come from keys.ts, which knows whether keys are on.

import htmx from "./htmx";
import { isTyping } from "./page";
import { current, list, step } from "./rows";
import * as select from "./select";
import * as split from "./split";

const FIELDS: Record<string, string> = { s: "status", p: "priority", a: "owner" };
const MENU = "dialog[open], [popover]:popover-open";

function change(what: string): boolean {
  const where = select.isAny() ? `#bulk [data-bulk="${what}"]` : `[data-list] tr.is-current [data-pick="${what}"]`;
  const control = document.querySelector<HTMLElement>(where);
  control?.click();
  return control !== null;
}

function mine(): boolean {
  const button = document.querySelector<HTMLButtonElement>("#bulk [data-mine]");
  const ref = current()?.dataset.ref;
  if (!button) return false;
  if (select.isAny()) document.querySelector<HTMLFormElement>("#bulk")?.requestSubmit(button);
  else if (ref) void htmx.ajax("POST", `/incidents/${ref}/pick/owner`, { target: document.body, swap: "none", values: { user: button.value } });
  else return false;
  return true;
}

function onKey(key: string): boolean {
  const menu = document.querySelector<HTMLElement>(MENU);
  if (menu) {
    if (key === "i") menu.querySelector<HTMLElement>("[data-mine]")?.click();
    return true;
  }
  if (key === "j" || key === "k") {
    split.follow(step(key === "j" ? 1 : -1));
    return true;
  }
  if (key === "x" && current()) {
    select.toggle(current());
    return true;
  }
  return key === "i" ? mine() : key in FIELDS && change(FIELDS[key] ?? "");
}

document.addEventListener("tocsin:key", (event) => {
  if (list() && onKey((event as CustomEvent<{ key: string }>).detail.key)) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !list() || event.defaultPrevented || isTyping(event.target) || document.querySelector(MENU)) return;
  if (select.isAny()) select.clear();
  else if (split.isOpen()) split.close();
});

export function start(_root: ParentNode): void {
  // Listens on the document, once.
}
