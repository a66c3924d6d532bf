// Something happened to the incident that is on the screen: its parts are brought up to date, but never under somebody's
// hand. What is open or being written in stays as it is.

import htmx from "./htmx";

interface Happened {
  type?: string;
  incident?: string | { id?: string } | null;
}

const IN_USE = "[data-composer], [data-inline]:has(form), dialog[open], [popover]:popover-open, details[open], #presence";
const SKIP = "hx-morph-skip";
let timer = 0;

function shown(): HTMLElement | null {
  return document.querySelector<HTMLElement>("#incident[data-incident]");
}

function hold(incident: HTMLElement): Element[] {
  const held = Array.from(incident.querySelectorAll(IN_USE));
  const active = document.activeElement;
  if (active instanceof HTMLElement && incident.contains(active) && active.matches("input, textarea, select")) {
    held.push(active.closest("form") ?? active);
  }
  return held.filter((element) => !element.hasAttribute(SKIP));
}

export async function refresh(): Promise<void> {
  const incident = shown();
  if (!incident) return;
  const url = new URL(incident.dataset.refresh ?? location.pathname, location.href);
  const since = incident.querySelector<HTMLElement>("#timeline-items")?.dataset.since;
  if (since) url.searchParams.set("since", since);
  const held = hold(incident);
  for (const element of held) element.setAttribute(SKIP, "");
  try {
    const options = { source: incident, target: incident, select: "#incident", swap: "outerMorph" };
    await htmx.ajax("GET", url.pathname + url.search, options as never);
  } finally {
    for (const element of held) element.removeAttribute(SKIP);
  }
}

document.addEventListener("tocsin:event", (event) => {
  const { incident } = (event as CustomEvent<Happened>).detail ?? {};
  const id = typeof incident === "string" ? incident : incident?.id;
  const here = shown();
  if (!here || !id || (here.dataset.incident !== id && here.getAttribute("aria-label") !== id)) return;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void refresh(), 250);
});

export function start(_root: ParentNode): void {
  // Listens on the document, once.
}
