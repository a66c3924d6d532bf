// Something happened to the incident that is on the screen: its parts are brought up to date, but never under somebody's
// hand. What is open or being written in stays as it is.

import htmx from "./htmx";

interface Happened {
  type?: string;
  incident?: string | { id?: string } | null;
}

const IN_USE = "[data-composer], [data-kept], [data-inline]:has(form), #incident-do:has(dialog[open]), [popover]:popover-open, details[open], #presence";
const SKIP = "hx-morph-skip";
const LIVE = "tocsinLive"; // marks the requests of this file
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
  const options = { source: incident, target: incident, select: "#incident", swap: "outerMorph", [LIVE]: true };
  await htmx.ajax("GET", url.pathname + url.search, options as never);
}

// What is in use is held only while the page is changed: an answer to somebody's own act may replace it at any other time.
let held: Element[] = [];

function isLive(event: Event): boolean {
  return (event as CustomEvent<{ ctx?: Record<string, unknown> }>).detail?.ctx?.[LIVE] === true;
}

document.addEventListener("htmx:before:swap", (event) => {
  const incident = shown();
  if (!incident || !isLive(event)) return;
  held = hold(incident);
  for (const element of held) element.setAttribute(SKIP, "");
});

document.addEventListener("htmx:finally:swap", (event) => {
  if (!isLive(event)) return;
  for (const element of held) element.removeAttribute(SKIP);
  held = [];
});

document.addEventListener("tocsin:event", (event) => {
  const { incident } = (event as CustomEvent<Happened>).detail ?? {};
  const id = typeof incident === "string" ? incident : incident?.id;
  const here = shown();
  if (!here || !id || (here.dataset.incident !== id && here.getAttribute("aria-label") !== id)) return;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void refresh(), 250);
});

// A file that is being checked, or has no thumbnail yet: no event tells when it is ready, so it is looked for, ever more
// rarely, and not for ever.
const FIRST_MS = 1000;
const LONGEST_MS = 60000;
const TRIES = 12;
let looking = false;

async function look(): Promise<void> {
  for (let n = 0, wait = FIRST_MS; n < TRIES && shown()?.querySelector("[data-pending]"); n++) {
    await new Promise((resolve) => window.setTimeout(resolve, wait));
    if (document.hidden) continue;
    await refresh();
    wait = Math.min(2 * wait, LONGEST_MS);
  }
}

export function start(_root: ParentNode): void {
  if (looking || !shown()?.querySelector("[data-pending]")) return;
  looking = true;
  void look().finally(() => {
    looking = false;
  });
}
