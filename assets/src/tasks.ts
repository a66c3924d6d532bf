// Tasks are put in order by dragging, or by Alt with the arrow keys, which press the buttons that are there anyway.

import htmx from "./htmx";
import { each } from "./page";

function move(event: KeyboardEvent): void {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-task]") : null;
  const way = event.key === "ArrowUp" ? "up" : "down";
  const button = row?.querySelector<HTMLButtonElement>(`[data-way=${way}]:not([aria-disabled])`);
  if (!button) return;
  event.preventDefault();
  button.click();
}

function clear(list: HTMLElement): void {
  for (const row of list.querySelectorAll(".is-above, .is-below")) row.classList.remove("is-above", "is-below");
}

function drags(list: HTMLElement): void {
  let dragged: HTMLElement | null = null;
  const over = (event: DragEvent): [HTMLElement, boolean] | null => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-task]") : null;
    if (!row || !dragged || row === dragged) return null;
    const box = row.getBoundingClientRect();
    return [row, event.clientY < box.top + box.height / 2];
  };
  list.addEventListener("dragstart", (event) => {
    dragged = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-task]") : null;
    if (!dragged || !event.dataTransfer) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.task ?? "");
    event.dataTransfer.setDragImage(dragged, 8, 8);
    dragged.classList.add("is-dragged");
  });
  list.addEventListener("dragover", (event) => {
    const at = over(event);
    clear(list);
    if (!at) return;
    event.preventDefault();
    at[0].classList.add(at[1] ? "is-above" : "is-below");
  });
  list.addEventListener("drop", (event) => {
    const at = over(event);
    if (!at || !dragged) return;
    event.preventDefault();
    at[0][at[1] ? "before" : "after"](dragged);
    order(list);
  });
  list.addEventListener("dragend", () => {
    clear(list);
    dragged?.classList.remove("is-dragged");
    dragged = null;
  });
}

function order(list: HTMLElement): void {
  const body = new FormData();
  for (const row of list.querySelectorAll<HTMLElement>("[data-task]")) body.append("tasks", row.dataset.task ?? "");
  body.append("_back", list.dataset.back ?? "");
  const form = document.createElement("form");
  form.hidden = true;
  for (const [name, value] of body) {
    const field = document.createElement("input");
    field.name = name;
    field.value = String(value);
    form.append(field);
  }
  list.append(form);
  const options = { source: form, target: "#incident", select: "#incident", selectOOB: "#toasts:innerHTML", swap: "outerMorph" };
  void htmx.ajax("POST", list.dataset.tasks ?? "", options as never).finally(() => form.remove());
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "[data-tasks]", "tasks", (list) => {
    list.addEventListener("keydown", move);
    drags(list);
  });
}

// What was added is in the list; the field is for the next one. It keeps the focus, so its text is not replaced by itself.
document.addEventListener("htmx:after:request", (event) => {
  const ctx = (event as CustomEvent).detail.ctx;
  if (event.target instanceof HTMLFormElement && event.target.matches(".tc-task-add") && ctx.response?.status === 200) event.target.reset();
});
