// Back at a list that one left for an incident: it is as long as it was, and at the row that was opened.

import htmx from "./htmx";
import { current, list, resume, rows } from "./rows";

const KEPT = "tocsin-list";

interface Left {
  address: string;
  row: string;
  length: number;
}

const address = (): string => location.pathname + location.search;

// By the browser's own button, or by the link above the incident.
function isBack(): boolean {
  const [arrival] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return arrival?.type === "back_forward" || document.referrer.startsWith(`${location.origin}/incidents/`);
}

function kept(): Left | null {
  const left = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Left | null;
  return left?.address === address() && isBack() ? left : null;
}

// Pages are asked for, one after the other, until the list has its length again.
async function restore(back: Left): Promise<void> {
  let more: HTMLAnchorElement | null;
  while (rows().length < back.length && (more = document.querySelector("[data-list] #more a[hx-get]"))) {
    const before = rows().length;
    await htmx.ajax("GET", more.href, { target: "#more", swap: "outerHTML" });
    if (rows().length === before) break; // the next page did not come; its link is still there
  }
  resume(back.row);
}

window.addEventListener("pagehide", () => {
  const row = current()?.dataset.ref;
  if (list() && row) sessionStorage.setItem(KEPT, JSON.stringify({ address: address(), row, length: rows().length }));
});

let begun = false;

export function start(_root: ParentNode): void {
  const back = begun ? null : kept();
  begun = true;
  if (back) void restore(back);
}
