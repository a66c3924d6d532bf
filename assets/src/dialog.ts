// Forms that the server puts into the page as `<dialog open data-modal>`: here they become modal, and go when they are closed.

import { each } from "./page";

// The address without the form that stood open in it.
function forget(): void {
  const here = new URL(location.href);
  if (!here.searchParams.has("do")) return;
  here.searchParams.delete("do");
  here.searchParams.delete("q");
  history.replaceState(history.state, "", here.pathname + here.search);
}

export function start(root: ParentNode): void {
  each<HTMLDialogElement>(root, "dialog[data-modal]", "modal", (dialog) => {
    const opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    dialog.removeAttribute("open"); // not close(): that would tell of a closing
    dialog.showModal();
    (dialog.querySelector<HTMLElement>("[aria-invalid]") ?? dialog.querySelector<HTMLElement>("[autofocus]"))?.focus();
    dialog.addEventListener("close", () => {
      dialog.parentElement?.replaceChildren();
      forget();
      if (opener?.isConnected) opener.focus();
    });
    dialog.addEventListener("click", (event) => {
      const closes = event.target instanceof Element && (event.target === dialog || event.target.closest("[data-close]"));
      if (!closes) return;
      event.preventDefault();
      dialog.close();
    });
  });
}

// Back goes to where one came from, with its filters and its place, when that was a screen of ours.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-back]") : null;
  if (event.target instanceof Element && event.target.closest("[data-print]")) window.print();
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !document.referrer) return;
  const from = new URL(document.referrer);
  if (from.origin !== location.origin || from.pathname !== link.pathname || history.length < 2) return;
  event.preventDefault();
  history.back();
});

// A menu goes once something in it was pressed; what cannot be undone is asked for first.
document.addEventListener("htmx:config:request", (event) => {
  if (event.target instanceof Element) event.target.closest<HTMLElement>("[popover]:popover-open")?.hidePopover();
});
document.addEventListener(
  "submit",
  (event) => {
    const question = event.target instanceof Element ? event.target.querySelector("[data-ask]")?.getAttribute("data-ask") : null;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);
