// Ticking rows: shift-click takes the range, a long press does it on a phone. What is ticked stays ticked when a row is
// brought in anew. The bar below shows by style alone; here it only counts.

import { each, word } from "./page";
import { rowOf } from "./rows";

const LONG_PRESS = 500;
const ticked = new Set<string>();
let last: HTMLInputElement | null = null;

const boxes = (): HTMLInputElement[] => Array.from(document.querySelectorAll<HTMLInputElement>('input[name="ref"][form="bulk"]'));

export function isAny(): boolean {
  return ticked.size > 0;
}

function note(box: HTMLInputElement): void {
  if (box.checked) ticked.add(box.value);
  else ticked.delete(box.value);
  rowOf(box)?.classList.toggle("is-selected", box.checked);
}

function say(): void {
  const text = document.querySelector("[data-selected]");
  if (text) text.textContent = word("selected", { count: ticked.size });
  const every = document.querySelector("[data-every]");
  const figure = document.querySelector<HTMLElement>("#queue-count [data-figure]")?.dataset["figure"];
  if (every && figure) every.textContent = word("every", { count: figure });
  const all = document.querySelector<HTMLInputElement>("[data-all]");
  if (all) {
    all.checked = ticked.size > 0 && boxes().every((box) => box.checked);
    all.indeterminate = ticked.size > 0 && !all.checked;
  }
  document.querySelector("[data-list]")?.classList.toggle("is-selecting", ticked.size > 0);
}

export function tick(box: HTMLInputElement, on: boolean): void {
  box.checked = on;
  note(box);
  last = box;
  say();
}

export function toggle(row: HTMLElement | null): void {
  const box = row?.querySelector<HTMLInputElement>('input[name="ref"]');
  if (box) tick(box, !box.checked);
}

export function clear(): void {
  for (const box of boxes()) {
    box.checked = false;
    note(box);
  }
  ticked.clear();
  say();
}

function range(to: HTMLInputElement): void {
  const found = boxes();
  const [from, end] = [found.indexOf(last ?? to), found.indexOf(to)].sort((a, b) => a - b);
  for (const box of found.slice(Math.max(0, from ?? 0), (end ?? 0) + 1)) {
    box.checked = to.checked;
    note(box);
  }
}

function onBox(box: HTMLInputElement): void {
  if (ticked.has(box.value)) {
    box.checked = true;
    rowOf(box)?.classList.add("is-selected");
  }
  box.addEventListener("click", (event) => {
    if (event.shiftKey && last?.isConnected) range(box);
    else note(box);
    last = box;
    say();
  });
}

function onRow(row: HTMLElement): void {
  let timer = 0;
  const stop = (): void => window.clearTimeout(timer);
  row.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    timer = window.setTimeout(() => {
      toggle(row);
      row.addEventListener("click", (click) => click.preventDefault(), { once: true, capture: true });
    }, LONG_PRESS);
  });
  for (const over of ["pointerup", "pointercancel", "pointermove"]) row.addEventListener(over, stop);
  row.addEventListener("contextmenu", (event) => {
    if (document.querySelector(".is-selecting") && matchMedia("(pointer: coarse)").matches) event.preventDefault();
  });
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "[data-scripted][hidden]:not(#pane)", "scripted", (element) => (element.hidden = false));
  each<HTMLInputElement>(root, 'input[name="ref"][form="bulk"]', "box", onBox);
  each<HTMLElement>(root, "[data-list] tr.tc-row", "press", onRow);
  each<HTMLInputElement>(root, "[data-all]", "all", (all) => {
    all.addEventListener("change", () => {
      for (const box of boxes()) {
        box.checked = all.checked;
        note(box);
      }
      say();
    });
  });
  each<HTMLFormElement>(root, "#bulk", "bulk", (form) => {
    form.addEventListener("reset", () => window.setTimeout(clear));
    form.addEventListener("htmx:before:request", () => {
      form.querySelector<HTMLElement>(":popover-open")?.hidePopover();
    });
    form.addEventListener("htmx:finally:request", (event) => {
      if (event.target !== form) return;
      if ((event as CustomEvent).detail?.ctx?.response?.status === 200) form.reset();
      clear();
    });
  });
}
