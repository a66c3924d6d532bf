// Toasts: the server's stand in the page, others arrive with an answer (HX-Trigger `toast`). They leave after ten seconds,
// not while somebody is at them.

import htmx from "./htmx";
import { each, word } from "./page";

const SECONDS = 10;

function leave(toast: HTMLElement): void {
  let timer = window.setTimeout(() => toast.remove(), SECONDS * 1000);
  const stay = (): void => window.clearTimeout(timer);
  const go = (): void => {
    stay();
    timer = window.setTimeout(() => toast.remove(), SECONDS * 1000);
  };
  toast.addEventListener("mouseenter", stay);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("mouseleave", go);
  toast.addEventListener("focusout", go);
  toast.querySelector("[data-dismiss]")?.addEventListener("click", () => toast.remove());
}

// `again` is what a button in the toast does once more.
export function show(text: string, kind: "done" | "failed" = "done", again?: () => void): void {
  const template = document.querySelector<HTMLTemplateElement>(`template[data-toast="${kind}"]`);
  const place = document.getElementById("toasts");
  const toast = template?.content.firstElementChild?.cloneNode(true);
  if (!place || !(toast instanceof HTMLElement)) return;
  const words = toast.querySelector("[data-text]");
  if (words) words.textContent = text;
  const button = toast.querySelector<HTMLButtonElement>("[data-again]");
  if (button && again) {
    button.hidden = false;
    button.textContent = word("again");
    button.addEventListener("click", () => {
      toast.remove();
      again();
    });
  }
  place.append(toast);
  htmx.process(toast);
  start(place);
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, ".tc-toast", "toast", leave);
}

document.addEventListener("toast", (event) => {
  const detail = (event as CustomEvent<{ text?: string; kind?: "done" | "failed" }>).detail;
  if (detail?.text) show(detail.text, detail.kind ?? "failed");
});

// Ctrl+Z presses the newest toast's undo, unless somebody is writing.
document.addEventListener("keydown", (event) => {
  if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  if (event.target instanceof HTMLElement && event.target.matches("input, textarea, select, [contenteditable]")) return;
  const undo = Array.from(document.querySelectorAll<HTMLButtonElement>(".tc-toast [data-undo]")).pop();
  if (undo) {
    event.preventDefault();
    undo.click();
  }
});

interface Lost {
  ctx?: { sourceElement?: Element; sourceEvent?: Event; request?: { submitter?: HTMLElement | null } };
}

// A request that the network swallowed can be sent again; what nobody asked for by hand is the banner's matter.
document.addEventListener("htmx:error", (event) => {
  const { ctx } = (event as unknown as CustomEvent<Lost>).detail;
  const source = ctx?.sourceElement;
  if (!source || !ctx.sourceEvent?.isTrusted) return;
  document.querySelectorAll(".tc-toast.is-failed").forEach((old) => old.remove());
  show(word("offline"), "failed", () => {
    if (!source.isConnected) return;
    if (source instanceof HTMLFormElement) source.requestSubmit(ctx.request?.submitter);
    else htmx.trigger(source, ctx.sourceEvent?.type ?? "click");
  });
});
