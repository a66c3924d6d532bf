// Custom fields: a form shows those that belong to the chosen category, the designer what the chosen type needs.

import { each } from "./page";

// What is out of sight isn't sent: a value of a field that doesn't belong would be refused.
function show(part: HTMLElement, on: boolean): void {
  part.hidden = !on;
  part.querySelectorAll<HTMLInputElement>("input, select, textarea").forEach((control) => {
    control.disabled = !on;
  });
}

export function byCategory(root: ParentNode): void {
  each<HTMLFormElement>(root, "form:has([data-only-for])", "only-for", (form) => {
    const category = form.querySelector<HTMLSelectElement>("select[name=category]");
    if (!category) return;
    const tell = (): void => {
      form.querySelectorAll<HTMLElement>("[data-only-for]").forEach((part) => {
        show(part, (part.dataset.onlyFor ?? "").split(" ").includes(category.value));
      });
    };
    category.addEventListener("change", tell);
    form.addEventListener("reset", () => setTimeout(tell));
    tell();
  });
}

function byType(root: ParentNode): void {
  each<HTMLFormElement>(root, "[data-field-form]", "field-form", (form) => {
    const tell = (): void => {
      const chosen = form.querySelector<HTMLInputElement>("input[name=type]:checked")?.value ?? "";
      form.querySelectorAll<HTMLElement>("[data-kinds]").forEach((part) => {
        show(part, (part.dataset.kinds ?? "").split(" ").includes(chosen));
      });
    };
    form.addEventListener("change", tell);
    tell();
  });
}

export function start(root: ParentNode): void {
  byCategory(root);
  byType(root);
}
