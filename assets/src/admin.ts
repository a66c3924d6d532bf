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
    table.classList.add("is-watched");
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
      if (whom) whom.hidden = select.value !== "notify" && select.value !== "reassign";
      if (channel) channel.hidden = select.value !== "notify";
    };
    select.addEventListener("change", tell);
    tell();
  });
}

// What starts a policy decides which of the fields beside it mean anything.
function triggers(root: ParentNode): void {
  each<HTMLSelectElement>(root, "[data-trigger]", "trigger", (select) => {
    const tell = (): void => {
      for (const field of select.form?.querySelectorAll<HTMLElement>("[data-for]") ?? []) {
        field.hidden = !(field.dataset["for"] ?? "").split(" ").includes(select.value);
      }
    };
    select.addEventListener("change", tell);
    tell();
  });
}

// What a step does decides which of its fields mean anything. What is hidden is sent all the same: rows stay in step.
function steps(root: ParentNode): void {
  each<HTMLSelectElement>(root, "[data-step-do]", "step", (select) => {
    const row = select.closest("[data-step]");
    const tell = (): void => {
      for (const field of row?.querySelectorAll<HTMLElement>("[data-when]") ?? []) {
        field.hidden = !(field.dataset["when"] ?? "").split(" ").includes(select.value);
      }
    };
    select.addEventListener("change", tell);
    tell();
  });
}

// The browser's own choice of colours beside the field that is sent; the field asks for the preview.
function colours(root: ParentNode): void {
  each<HTMLInputElement>(root, "[data-color]", "color", (field) => {
    const well = document.querySelector<HTMLInputElement>("[data-color-well]");
    if (!well) return;
    well.parentElement?.removeAttribute("hidden");
    well.addEventListener("input", () => {
      field.value = well.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    field.addEventListener("input", () => {
      if (/^#[0-9a-f]{6}$/i.test(field.value.trim())) well.value = field.value.trim();
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
  triggers(root);
  steps(root);
  colours(root);
  strips(root);
}
