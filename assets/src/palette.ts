// The command palette: one field, and a list from the server (`/palette`) below it, led by what is on this screen and what
// was opened lately. The focus stays in the field; arrow keys move the choice (aria-activedescendant).

import { ask } from "./ask";
import * as clocks from "./clocks";
import { help } from "./keys";
import { csrf, each, page, word } from "./page";
import { type Recent, recent, remember } from "./recent";

const PAUSE_MILLISECONDS = 90;

let asked = 0;
let pause = 0;
let shown: string | null = null; // the text whose answer stands in the list

function part<E extends HTMLElement>(id: string): E | null {
  return document.getElementById(id) as E | null;
}

function options(): HTMLElement[] {
  return Array.from(part("palette-list")?.querySelectorAll<HTMLElement>("[role=option]") ?? []);
}

function choose(option: HTMLElement | undefined): void {
  const field = part<HTMLInputElement>("palette-input");
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  if (option) field?.setAttribute("aria-activedescendant", option.id);
  else field?.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

function chosen(): HTMLElement | undefined {
  return options().find((one) => one.getAttribute("aria-selected") === "true");
}

// ------------------------------------------------------------------------------------------------- what the browser knows

function line(text: string, before: string, keys: string): HTMLAnchorElement {
  const option = document.createElement("a");
  option.className = "tc-find-item";
  option.setAttribute("role", "option");
  option.tabIndex = -1;
  const [first, words] = [document.createElement("span"), document.createElement("span")];
  first.className = "tc-ref";
  first.textContent = before;
  words.className = "tc-grow tc-cut";
  words.textContent = text;
  if (before) option.append(first);
  option.append(words);
  if (keys) option.append(Object.assign(document.createElement("kbd"), { textContent: keys }));
  return option;
}

function group(title: string, lines: HTMLElement[]): HTMLElement[] {
  if (!lines.length) return [];
  const box = Object.assign(document.createElement("div"), { className: "tc-found" });
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", title);
  const head = Object.assign(document.createElement("div"), { className: "tc-found-head", textContent: title });
  head.setAttribute("aria-hidden", "true");
  box.append(head, ...lines);
  return [box];
}

function fits(text: string, typed: string): boolean {
  const words = text.toLocaleLowerCase().split(/[^\p{L}\p{N}]+/u);
  return typed.toLocaleLowerCase().split(/\s+/).every((begin) => words.some((found) => found.startsWith(begin)));
}

// What the screen's own keys do, by the name of the control that each presses.
function here(typed: string): HTMLElement[] {
  const lines: HTMLElement[] = [];
  for (const control of document.querySelectorAll<HTMLElement>("main [data-key]")) {
    const name = control.getAttribute("aria-label") || control.textContent?.trim() || "";
    if (control.matches("input, textarea, select, :disabled") || !control.checkVisibility() || !name || !fits(name, typed)) continue;
    const option = line(name, "", control.dataset.key ?? "");
    option.addEventListener("click", () => control.click());
    lines.push(option);
  }
  return group(word("this-screen"), lines.slice(0, 6));
}

function lately(): HTMLElement[] {
  return group(
    word("recent"),
    recent()
      .filter((one) => one.path !== location.pathname)
      .map((one: Recent) => Object.assign(line(one.title, one.code, ""), { href: one.path })),
  );
}

// --------------------------------------------------------------------------------------------------------- the list

function fill(typed: string, html: string): void {
  const list = part("palette-list");
  if (!list) return;
  const answer = document.createElement("template");
  answer.innerHTML = html;
  list.replaceChildren(...(typed ? here(typed) : [...lately(), ...here("")]), answer.content);
  options().forEach((option, place) => (option.id = `palette-${place}`));
  clocks.start(list);
  shown = typed;
  choose(options()[0]);
  const count = options().length;
  part("palette-input")?.setAttribute("aria-expanded", String(count > 0));
  const said = part("palette-said");
  if (said) said.textContent = typed ? (count ? word("found", { count }) : word("found-none")) : "";
}

async function look(): Promise<void> {
  const typed = part<HTMLInputElement>("palette-input")?.value.trim() ?? "";
  const mine = ++asked;
  const answer = await ask(`/palette?q=${encodeURIComponent(typed)}`).catch(() => null);
  if (mine !== asked) return; // something else was typed meanwhile
  fill(typed, answer?.ok ? await answer.text() : "");
}

// ------------------------------------------------------------------------------------------------------- what it does

async function theme(name: string): Promise<void> {
  const root = document.documentElement;
  if (name === "system") {
    delete root.dataset.theme;
    root.removeAttribute("data-bs-theme");
  } else {
    root.dataset.theme = name;
    root.setAttribute("data-bs-theme", name);
  }
  const looks: Record<string, string> = { _csrf: csrf(), theme: name, density: root.dataset.density ?? "normal" };
  if (page().keys) looks.keys = "true";
  await ask("/profile/looks", { method: "POST", body: new URLSearchParams(looks), redirect: "manual" });
}

function run(command: string): void {
  if (command === "help") help();
  else if (command === "logout") document.querySelector<HTMLFormElement>('form[action="/logout"]')?.requestSubmit();
  else if (command.startsWith("theme-")) void theme(command.slice("theme-".length));
}

function take(option: HTMLElement, dialog: HTMLDialogElement): void {
  const { recent: code, command } = option.dataset;
  const path = option.getAttribute("href");
  if (code && path) remember({ path, code, title: option.querySelector("[data-recent-title]")?.textContent ?? code });
  if (path) return; // the link does the rest
  dialog.close();
  if (command) run(command);
}

async function enter(event: KeyboardEvent): Promise<void> {
  const elsewhere = event.ctrlKey || event.metaKey;
  window.clearTimeout(pause);
  if (part<HTMLInputElement>("palette-input")?.value.trim() !== shown) await look(); // typed faster than it was answered
  const option = chosen();
  const path = option?.getAttribute("href");
  if (path && elsewhere) window.open(path, "_blank", "noopener");
  else option?.click();
}

function typed(event: KeyboardEvent, dialog: HTMLDialogElement): void {
  const all = options();
  const at = all.indexOf(chosen() as HTMLElement);
  const places: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: Math.min(at + 6, all.length - 1), PageUp: Math.max(at - 6, 0) };
  const place = places[event.key];
  if (place !== undefined) choose(all[(place + all.length) % all.length]);
  else if (event.isComposing) return;
  else if (event.key === "Enter") void enter(event);
  else if (event.key === "Tab" || event.key === "Escape") {
    dialog.close();
    part("palette-input")?.blur(); // else it has the focus for a moment more, and swallows the next key
  }
  else return;
  event.preventDefault();
}

function open(): void {
  const dialog = part<HTMLDialogElement>("palette");
  const field = part<HTMLInputElement>("palette-input");
  if (!dialog || !field || dialog.open || document.querySelector("dialog[open]")) return;
  for (const menu of document.querySelectorAll<HTMLElement>("[popover]:popover-open")) menu.hidePopover();
  field.value = "";
  dialog.showModal();
  field.focus();
  if (shown !== "") fill("", "");
  void look();
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  const dialog = part<HTMLDialogElement>("palette");
  if (!dialog) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else open();
});

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "[data-palette]", "palette", (button) => button.addEventListener("click", open));
  each<HTMLDialogElement>(root, "dialog#palette", "palette", (dialog) => {
    const field = part<HTMLInputElement>("palette-input");
    field?.addEventListener("keydown", (event) => typed(event, dialog));
    field?.addEventListener("input", () => {
      window.clearTimeout(pause);
      pause = window.setTimeout(() => void look(), PAUSE_MILLISECONDS);
    });
    dialog.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null;
      if (option) take(option, dialog);
    });
    dialog.addEventListener("mousemove", (event) => {
      const option = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null;
      if (option && option !== chosen()) choose(option);
    });
  });
}
