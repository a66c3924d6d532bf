// List and incident side by side on wide screens. The list keeps its place; the address remembers which one is open.

import htmx from "./htmx";
import { each } from "./page";
import { goTo, rowOf, rows, step } from "./rows";

const WIDE = matchMedia("(min-width: 1280px)");
const KEPT = "tocsin-split";
let shown = "";
let timer = 0;

const pane = (): HTMLElement | null => document.getElementById("pane");

export function isOpen(): boolean {
  return shown !== "";
}

function isOn(): boolean {
  return WIDE.matches && localStorage.getItem(KEPT) === "on" && pane() !== null;
}

function remember(ref: string): void {
  const address = new URL(location.href);
  if (ref) address.searchParams.set("open", ref);
  else address.searchParams.delete("open");
  history.replaceState(history.state, "", address.pathname + address.search.replaceAll("%2C", ",").replaceAll("%3A", ":"));
}

function mark(ref: string): void {
  for (const row of rows()) {
    if (row.dataset.ref === ref && ref) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

function fill(ref: string): void {
  const inside = document.getElementById("pane-inside");
  if (!inside) return;
  inside.setAttribute("aria-busy", "true");
  void htmx.ajax("GET", `/incidents/${ref}/pane`, { target: inside, swap: "innerHTML" }).finally(() => {
    inside.removeAttribute("aria-busy");
    inside.scrollTop = 0;
  });
}

export function open(ref: string): void {
  const place = pane();
  if (!place || !ref) return;
  place.hidden = false;
  document.querySelector("[data-list]")?.classList.add("is-split");
  const name = place.querySelector<HTMLAnchorElement>("[data-pane-ref]");
  const page = place.querySelector<HTMLAnchorElement>("[data-pane-open]");
  if (name) name.textContent = ref;
  for (const link of [name, page]) if (link) link.href = `/incidents/${ref}`;
  mark(ref);
  if (shown === ref) return;
  shown = ref;
  remember(ref);
  window.clearTimeout(timer);
  timer = window.setTimeout(() => fill(ref), 120);
}

export function close(): void {
  const place = pane();
  if (!place || !shown) return;
  const row = rows().find((one) => one.dataset.ref === shown);
  shown = "";
  place.hidden = true;
  document.getElementById("pane-inside")?.replaceChildren();
  document.querySelector("[data-list]")?.classList.remove("is-split");
  mark("");
  remember("");
  if (row) goTo(row);
}

// After `j` or `k`: the incident follows, where it is shown beside the list.
export function follow(row: HTMLElement | null): void {
  if (row && isOpen()) open(row.dataset.ref ?? "");
}

// Something of an incident changed here: what is open follows, unless somebody is writing in it.
document.addEventListener("tocsin:changed", (event) => {
  const inside = document.getElementById("pane-inside");
  const ref = (event as CustomEvent<{ reference_code?: string }>).detail?.reference_code;
  if (!inside || ref !== shown || inside.contains(document.activeElement)) return;
  if (Array.from(inside.querySelectorAll("textarea")).some((field) => field.value !== field.defaultValue)) return;
  fill(shown);
});

document.addEventListener("click", (event) => {
  const link = (event.target as Element | null)?.closest<HTMLAnchorElement>(".tc-row-title");
  const isByMouse = event.detail > 0 && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (!link || !isByMouse || event.defaultPrevented || !isOn()) return;
  event.preventDefault();
  open(rowOf(link)?.dataset.ref ?? "");
});

export function start(root: ParentNode): void {
  each<HTMLButtonElement>(root, "[data-split]", "split", (button) => {
    button.setAttribute("aria-pressed", String(localStorage.getItem(KEPT) === "on"));
    button.addEventListener("click", () => {
      const on = localStorage.getItem(KEPT) !== "on";
      localStorage.setItem(KEPT, on ? "on" : "off");
      button.setAttribute("aria-pressed", String(on));
      if (!on) close();
      else open(document.querySelector<HTMLElement>("tr.is-current")?.dataset.ref ?? rows()[0]?.dataset.ref ?? "");
    });
  });
  each<HTMLElement>(root, "#pane", "pane", (place) => {
    place.querySelector("[data-pane-close]")?.addEventListener("click", close);
    for (const button of place.querySelectorAll<HTMLElement>("[data-step]")) {
      button.addEventListener("click", () => {
        follow(step(Number(button.dataset.step)));
        button.focus();
      });
    }
    const wanted = new URL(location.href).searchParams.get("open");
    if (wanted && WIDE.matches) open(wanted);
  });
  if (shown) mark(shown);
}
