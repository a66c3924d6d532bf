// A field that finds people, or incidents, as one types: arrows choose in the list below, Enter sends what is chosen,
// Escape leaves. What is typed chooses the first that is found, so that nobody is given something by an answer that came late.

import { each } from "./page";

const options = (part: Element): HTMLInputElement[] => Array.from(part.querySelectorAll<HTMLInputElement>("input[type=radio]"));

function choose(option: HTMLInputElement | undefined): void {
  if (!option) return;
  option.checked = true;
  option.closest("label")?.scrollIntoView({ block: "nearest" });
}

// The list shows what was asked for last: the server writes down what that was.
function isAnswered(part: Element, field: HTMLInputElement): boolean {
  return part.querySelector<HTMLElement>("[data-found]")?.dataset.found?.trim() === field.value.trim();
}

function walk(part: HTMLElement, by: number): void {
  const found = options(part);
  const at = found.findIndex((option) => option.checked);
  choose(found[Math.min(found.length - 1, Math.max(0, at + by))]);
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, ".tc-people", "people", (part) => {
    const field = part.querySelector<HTMLInputElement>("input[type=search]");
    if (!field) return;
    let isSending = false;
    const send = (): void => {
      isSending = false;
      if (options(part).some((option) => option.checked && option.value)) part.closest("form")?.requestSubmit();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") walk(part, event.key === "ArrowDown" ? 1 : -1);
      else if (event.key === "Escape") part.closest("dialog")?.close();
      else if (event.key !== "Enter") return;
      else if (isAnswered(part, field)) send();
      else isSending = true;
      event.preventDefault();
    });
    field.addEventListener("input", () => {
      isSending = false;
    });
    part.addEventListener("htmx:after:settle", () => {
      if (field.value.trim() && isAnswered(part, field)) choose(options(part).find((option) => option.value));
      if (isSending && isAnswered(part, field)) send();
    });
  });
}
