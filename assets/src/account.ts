// The profile: a theme or density acts on the page at once; htmx saves it (without a script a button does).

import { each, useKeys } from "./page";

function show(form: HTMLFormElement): void {
  const chosen = new FormData(form);
  const root = document.documentElement;
  const theme = String(chosen.get("theme") ?? "system");
  if (theme === "system") {
    delete root.dataset.theme;
    delete root.dataset.bsTheme;
  } else {
    root.dataset.theme = theme;
    root.dataset.bsTheme = theme;
  }
  root.dataset.density = String(chosen.get("density") ?? "normal");
  useKeys(chosen.has("keys"));
}

export function start(root: ParentNode): void {
  each<HTMLFormElement>(root, "form[data-looks]", "looks", (form) => {
    form.addEventListener("change", () => show(form));
  });
}
