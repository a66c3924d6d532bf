// The administration's screens: copying a fresh token, telling what changed in a matrix, a form's own buttons, the colour.

import { each, word } from "./page";
import { show } from "./toasts";

function copying(root: ParentNode): void {
  each<HTMLButtonElement>(root, "[data-copy]", "copy", (button) => {
    button.addEventListener("click", () => {
      const text = document.getElementById(button.dataset["copy"] ?? "")?.textContent ?? "";
      const copied = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error("no clipboard"));
      copied.then(
        () => show(word("copied"), "done"),
        () => show(word("not-copied"), "failed"),
      );
    });
  });
}

// Cells that differ from what the page came with are marked; the bar that saves them says how many.
function matrices(root: ParentNode): void {
  each<HTMLTableElement>(root, "table[data-matrix]", "matrix", (table) => {
    const boxes = (): HTMLInputElement[] => Array.from(table.querySelectorAll<HTMLInputElement>("input[type=checkbox]"));
    const bar = table.parentElement?.parentElement?.querySelector<HTMLElement>("[data-savebar]");
    const tell = (): void => {
      const changed = boxes().filter((box) => box.checked !== box.defaultChecked);
      for (const box of boxes()) box.closest("td")?.classList.toggle("is-changed", changed.includes(box));
      for (const save of table.querySelectorAll<HTMLButtonElement>("[data-save]")) {
        save.classList.toggle("btn-primary", changed.some((box) => box.form === save.form));
      }
      if (!bar) return;
      bar.classList.toggle("is-dirty", changed.length > 0);
      const said = bar.querySelector("[data-changes]");
      if (said) said.textContent = changed.length ? word("changes", { count: changed.length }) : "";
      const reset = bar.querySelector<HTMLElement>("[data-reset]");
      if (reset) reset.hidden = changed.length === 0;
    };
    table.addEventListener("change", tell);
    for (const form of new Set(boxes().map((box) => box.form))) form?.addEventListener("reset", () => window.setTimeout(tell));
    tell();
  });
}

// A popover that holds a refused form shows it again at once.
function reopening(root: ParentNode): void {
  each<HTMLElement>(root, "[popover][data-open]", "open", (box) => {
    box.showPopover();
    box.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  });
}

// What is chosen by an action decides which of its other fields mean anything.
function actions(root: ParentNode): void {
  each<HTMLSelectElement>(root, "[data-action-do]", "action", (select) => {
    const row = select.parentElement;
    const tell = (): void => {
      const whom = row?.querySelector<HTMLElement>("[data-action-whom]");
      const channel = row?.querySelector<HTMLElement>("[data-action-channel]");
      if (whom) whom.hidden = select.value === "raise_priority";
      if (channel) channel.hidden = select.value !== "notify";
    };
    select.addEventListener("change", tell);
    tell();
  });
}

type Rgb = [number, number, number];
const WHITE: Rgb = [255, 255, 255];
const PAGE: Rgb = [19, 22, 27];

function read(text: string): Rgb | undefined {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text.trim());
  return found ? [parseInt(found[1] ?? "", 16), parseInt(found[2] ?? "", 16), parseInt(found[3] ?? "", 16)] : undefined;
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function lightened(color: Rgb, least: number): Rgb {
  for (let step = 0; step <= 100; step += 1) {
    const found = color.map((part) => Math.round(part + ((255 - part) * step) / 100)) as Rgb;
    if (contrast(found, PAGE) >= least) return found;
  }
  return WHITE;
}

const written = (color: Rgb): string => `#${color.map((part) => part.toString(16).padStart(2, "0")).join("")}`;

// The preview follows the colour while it is chosen; what is saved is judged by the server.
function colours(root: ParentNode): void {
  each<HTMLInputElement>(root, "[data-color]", "color", (field) => {
    const well = document.querySelector<HTMLInputElement>("[data-color-well]");
    const note = document.querySelector<HTMLElement>("[data-contrast]");
    const paint = (): void => {
      const color = read(field.value);
      if (note) note.hidden = color === undefined;
      if (!color) return;
      const ratio = contrast(color, WHITE);
      if (note) {
        note.textContent = word("contrast", { ratio: ratio.toFixed(1) });
        note.classList.toggle("is-ok", ratio >= 4.5);
        note.classList.toggle("is-breach", ratio < 4.5);
      }
      const shades: Record<string, Rgb> = { solid: color, text: color, dark_solid: lightened(color, 3), dark_text: lightened(color, 4.5) };
      for (const part of document.querySelectorAll<SVGElement>("[data-brand]")) {
        part.setAttribute("fill", written(shades[part.dataset["brand"] ?? ""] ?? color));
      }
    };
    field.addEventListener("input", () => {
      if (well && read(field.value)) well.value = field.value.trim();
      paint();
    });
    if (!well) return;
    well.parentElement?.removeAttribute("hidden");
    well.addEventListener("input", () => {
      field.value = well.value;
      paint();
    });
  });
}

// On a phone the sub-navigation is a strip: it begins where one is.
function strips(root: ParentNode): void {
  each<HTMLElement>(root, "[data-strip]", "strip", (strip) => {
    const current = strip.querySelector<HTMLElement>("[aria-current]");
    if (current) strip.scrollLeft = current.offsetLeft - strip.offsetLeft - 16;
  });
}

export function start(root: ParentNode): void {
  copying(root);
  matrices(root);
  reopening(root);
  actions(root);
  colours(root);
  strips(root);
}
