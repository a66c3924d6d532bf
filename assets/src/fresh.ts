// What happens elsewhere: a row that changed is brought in anew and tinted, in its place; new incidents only raise the pill.
// The figures of the side bar follow. News come as the event `tocsin:event` on the document.

import htmx from "./htmx";
import { word } from "./page";

interface News {
  type: string;
  incident?: string;
  reference_code?: string;
}

const PAUSE = 300;
const waiting = new Map<string, number>();
const made = new Set<string>();

async function refetch(id: string): Promise<void> {
  waiting.delete(id);
  const ref = document.getElementById(`row-${id}`)?.dataset.ref;
  if (!ref) return;
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
  const answer = await fetch(`/incidents/${ref}/row`, { headers }).catch(() => null);
  const row = document.getElementById(`row-${id}`);
  if (!row || !answer) return;
  if (answer.status === 404) row.classList.add("is-gone");
  if (!answer.ok) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  const fresh = template.content.querySelector<HTMLTableRowElement>("tr");
  if (fresh) put(row, fresh);
}

function put(row: HTMLElement, fresh: HTMLTableRowElement): void {
  const focused = row.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
  const same = focused?.dataset.pick ? `[data-pick="${focused.dataset.pick}"]` : focused?.matches("input") ? "input" : ".tc-row-title";
  fresh.classList.add("is-tinted");
  if (row.classList.contains("is-current")) fresh.classList.add("is-current");
  if (row.hasAttribute("aria-current")) fresh.setAttribute("aria-current", "true");
  row.replaceWith(fresh);
  htmx.process(fresh);
  if (focused) fresh.querySelector<HTMLElement>(same)?.focus({ preventScroll: true });
}

function show(said: string): void {
  const pill = document.querySelector<HTMLElement>("[data-new]");
  const text = pill?.querySelector("[data-new-text]");
  if (!pill || !text) return;
  text.textContent = said;
  pill.hidden = false;
}

let asking = 0;

// Of the new ones only those count that the list is narrowed to: the server tells how many, where the pill says whom to ask.
async function ask(address: string): Promise<void> {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const figure = /data-figure="(\d+\+?)"/.exec(await answer.text())?.[1];
  if (figure && figure !== "0") show(word("new", { count: figure }));
}

function raise(id: string): void {
  if (made.has(id)) return;
  made.add(id);
  const address = document.querySelector<HTMLElement>("[data-new]")?.dataset.fresh;
  if (address === undefined) {
    show(word("new", { count: made.size }));
    return;
  }
  window.clearTimeout(asking);
  asking = window.setTimeout(() => void ask(address), PAUSE);
}

let counting = 0;

async function count(): Promise<void> {
  const places = Array.from(document.querySelectorAll<HTMLElement>("[data-count]"));
  if (places.length === 0) return;
  const answer = await fetch("/counts", { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const figures = (await answer.json()) as Record<string, string>;
  for (const place of places) {
    const figure = figures[place.dataset.count ?? ""];
    if (figure !== undefined) place.textContent = figure === "0" ? "" : figure;
  }
}

function countSoon(): void {
  window.clearTimeout(counting);
  counting = window.setTimeout(() => void count(), 1500);
}

document.addEventListener("tocsin:event", (event) => {
  const news = (event as CustomEvent<News>).detail;
  if (news?.type === "refresh") {
    show(word("look-anew"));
    countSoon();
  }
  const id = news?.incident;
  if (!id) return;
  if (document.getElementById(`row-${id}`)) {
    window.clearTimeout(waiting.get(id));
    waiting.set(id, window.setTimeout(() => void refetch(id), PAUSE));
  } else if (news.type === "IncidentCreated" && !document.getElementById(`card-${id}`)) {
    raise(id);
  }
  countSoon();
});
document.addEventListener("tocsin:changed", countSoon);
void count();

export function start(_root: ParentNode): void {
  // Listens on the document, once.
}
