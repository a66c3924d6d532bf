// Fields edited in place: Enter saves (Ctrl+Enter where Enter breaks the line), Escape restores, and the focus comes back.

import { each } from "./page";

let last = "";

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "[data-inline] form", "inline", (form) => {
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        form.querySelector<HTMLElement>("[data-cancel]")?.click();
      }
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form instanceof HTMLFormElement) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", () => {
      last = form.closest("[data-inline]")?.id ?? "";
    });
    form.querySelector<HTMLElement>("[autofocus]")?.focus();
  });
}

// Other swaps may come between sending and the answer (somebody else's news): the field is waited for until its form has gone.
document.addEventListener("htmx:finally:swap", () => {
  const field = last ? document.getElementById(last) : null;
  if (field?.querySelector("form")) return;
  last = "";
  field?.querySelector<HTMLElement>(".tc-edit")?.focus({ preventScroll: true });
});
