// What completes a text: people behind an at sign, replies and macros behind a slash, in a query its words. The server finds and draws them; here
// they are walked by arrow keys and put in place of what was typed.

import { ask } from "./ask";
import { each, word } from "./page";

const TYPED = /(?:^|[\s(])([@/])([^\s@/]*(?: [^\s@/]+)?)$/;
const WAIT = 120;

type Field = HTMLTextAreaElement | HTMLInputElement;

interface Hit {
  query: Record<string, string>;
  from: number;
}

// People and replies in a text: what is typed behind their sign.
function typed(field: Field): Hit | null {
  if (field.selectionStart !== field.selectionEnd) return null;
  const before = field.value.slice(0, field.selectionStart ?? 0);
  const found = TYPED.exec(before);
  if (!found) return null;
  const sign = found[1] ?? "";
  const text = found[2] ?? "";
  const from = before.length - text.length - 1;
  if (sign === "/" && text.includes(" ")) return null;
  return { query: { sign: sign === "@" ? "at" : "slash", text }, from };
}

// A query: the server sees where the cursor stands in it. Nothing is chosen by itself, so that Enter searches.
function asked(field: Field): Hit | null {
  const at = field.selectionStart ?? 0;
  if (at !== field.selectionEnd || !field.value.slice(0, at).trim()) return null;
  return { query: { text: field.value, at: String(at) }, from: at };
}

function begin(field: Field, path: string, hit: (field: Field) => Hit | null, first = true): void {
  const list = document.createElement("ul");
  list.className = "tc-complete";
  list.id = `${field.id}-complete`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", word("completions"));
  list.hidden = true;
  // Again and again: whoever acts on the page gets it anew from the server, which knows nothing of the list.
  const attach = (): void => {
    if (field.nextElementSibling !== list) field.insertAdjacentElement("afterend", list);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
  };
  attach();
  let at: Hit | null = null;
  let timer = 0;
  let turn = 0;

  const options = (): HTMLElement[] => Array.from(list.querySelectorAll<HTMLElement>("[role=option]"));
  const chosen = (): HTMLElement | null => list.querySelector<HTMLElement>("[aria-selected=true]");
  const close = (): void => {
    turn += 1;
    window.clearTimeout(timer);
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
    at = null;
  };
  const choose = (option: HTMLElement | undefined): void => {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (!option) return;
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const take = (option: HTMLElement): void => {
    if (!at) return;
    const text = option.dataset["insert"] ?? "";
    field.setRangeText(text, Number(option.dataset["from"] ?? at.from), field.selectionStart ?? 0, "end");
    const run = option.dataset["run"];
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    if (run) document.getElementById(run)?.querySelector<HTMLButtonElement>("button")?.click();
  };
  const look = async (wanted: Hit): Promise<void> => {
    const mine = (turn += 1);
    const answer = await ask(`${path}?${new URLSearchParams(wanted.query)}`).catch(() => null);
    if (mine !== turn || !answer?.ok) return;
    list.innerHTML = await answer.text();
    if (mine !== turn) return;
    const found = options();
    if (!found.length) return close();
    for (const [number, option] of found.entries()) option.id = `${list.id}-${number}`;
    at = wanted;
    attach();
    list.hidden = false;
    list.scrollIntoView({ block: "nearest" });
    choose(first ? found[0] : undefined);
  };

  field.addEventListener("input", () => {
    window.clearTimeout(timer);
    const wanted = hit(field);
    if (!wanted) return close();
    timer = window.setTimeout(() => void look(wanted), WAIT);
  });
  field.addEventListener("keydown", (pressed: Event) => {
    const event = pressed as KeyboardEvent;
    if (list.hidden) return;
    const found = options();
    const place = found.indexOf(chosen() as HTMLElement);
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) choose(found[place < 0 && step < 0 ? found.length - 1 : (place + step + found.length) % found.length]);
    else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") {
      const option = found[place];
      if (!option) return;
      take(option);
    } else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  field.addEventListener("blur", () => window.setTimeout(close, 150));
  list.addEventListener("pointerdown", (event) => {
    const option = (event.target as HTMLElement).closest<HTMLElement>("[role=option]");
    event.preventDefault();
    if (option) take(option);
  });
}

export function start(root: ParentNode): void {
  each<HTMLFormElement>(root, "form[data-complete]", "complete", (form) => {
    const field = form.querySelector("textarea");
    if (field) begin(field, form.dataset["complete"] ?? "", typed);
  });
  each<HTMLTextAreaElement>(root, "textarea[data-completes]", "complete", (field) => begin(field, field.dataset["completes"] ?? "", typed));
  each<HTMLInputElement>(root, "input[data-asks]", "complete", (field) => {
    begin(field, field.dataset["asks"] ?? "", asked, false);
    const at = field.dataset["at"];
    if (at === undefined) return;
    field.focus();
    field.setSelectionRange(Number(at), field.value.length);
  });
}
