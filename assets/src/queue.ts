// The keys of a list: `j` and `k` move, `x` ticks, `s`, `p`, `a` and `i` change the ticked rows or the one that has the focus.

import htmx from "./htmx";
import { isTyping, page } from "./page";
import { current, list, step } from "./rows";
import * as select from "./select";
import * as split from "./split";

const FIELDS: Record<string, string> = { s: "status", p: "priority", a: "owner" };

function change(what: string): boolean {
  const row = current();
  const control = select.isAny()
    ? document.querySelector<HTMLElement>(`#bulk [data-bulk="${what}"]`)
    : row?.querySelector<HTMLElement>(`[data-pick="${what}"]`) ?? row?.querySelector<HTMLElement>(`[data-pick-${what}]`);
  control?.click();
  return control != null;
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
  if (key === "j" || key === "k") {
    split.follow(step(key === "j" ? 1 : -1));
    return true;
  }
  if (key === "x" && current()) {
    select.toggle(current());
    return true;
  }
  if (key === "i") return mine();
  if (key in FIELDS) return change(FIELDS[key] ?? "");
  if (key === "Escape" && select.isAny()) {
    select.clear();
    return true;
  }
  if (key === "Escape" && split.isOpen()) {
    split.close();
    return true;
  }
  return false;
}

document.addEventListener(
  "keydown",
  (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!list() || !isPlain || event.defaultPrevented || isTyping(event.target)) return;
    if (event.key !== "Escape" && !page().keys) return;
    const menu = document.querySelector<HTMLElement>("dialog[open], [popover]:popover-open");
    if (menu) {
      const button = event.key === "i" ? menu.querySelector<HTMLElement>("[data-mine]") : null;
      button?.click();
      return;
    }
    if (!onKey(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  { capture: true },
);

export function start(_root: ParentNode): void {
  // Listens on the document, once.
}
