// The composer: drafts that outlive the page, files pasted or dropped, a preview, Ctrl+Enter, and a line at the window's
// foot while it is scrolled away.

import * as draft from "./draft";
import htmx from "./htmx";
import { each, page, word } from "./page";
import { sending } from "./upload";

function part<E extends HTMLElement>(form: HTMLFormElement, selector: string): E | null {
  return form.querySelector<E>(selector);
}

function isInternal(form: HTMLFormElement): boolean {
  return part<HTMLInputElement>(form, "[name=is_internal]:checked")?.value === "true";
}

function choose(form: HTMLFormElement, internal: boolean): void {
  const radio = part<HTMLInputElement>(form, `[name=is_internal][value=${internal}]`);
  if (radio) radio.checked = true;
}

function clock(at: number): string {
  return new Intl.DateTimeFormat(page().locale, { timeStyle: "short", timeZone: page().zone }).format(at);
}

// -------------------------------------------------------------------------------------------------------------- drafts

function note(form: HTMLFormElement, text: string, droppable = false): void {
  const place = part(form, "[data-draft-note]");
  if (place) place.textContent = text;
  const drop = part(form, "[data-draft-drop]");
  if (drop) drop.hidden = !droppable;
}

function drafts(form: HTMLFormElement, text: HTMLTextAreaElement): void {
  const key = form.dataset.draft ?? "";
  const kept = draft.find(key);
  if (kept && !text.value) {
    text.value = kept.text;
    choose(form, kept.internal);
    note(form, word("draft-restored", { time: clock(kept.at) }), true);
  }
  let timer = 0;
  const keep = (): void => {
    draft.keep(key, { text: text.value, internal: isInternal(form), at: Date.now() });
    note(form, text.value.trim() ? word("draft-kept", { time: clock(Date.now()) }) : "");
  };
  form.addEventListener("input", (event) => {
    if (event.target !== text && !(event.target instanceof HTMLInputElement && event.target.name === "is_internal")) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, 400);
  });
  form.addEventListener("tocsin:flush", () => {
    window.clearTimeout(timer);
    if (text.value.trim()) keep();
  });
  form.addEventListener("tocsin:sent", () => window.clearTimeout(timer));
  part(form, "[data-draft-drop]")?.addEventListener("click", () => {
    draft.drop(key);
    text.value = "";
    note(form, "");
    text.focus();
  });
}

window.addEventListener("pagehide", () => document.querySelector("[data-composer]")?.dispatchEvent(new Event("tocsin:flush")));

// --------------------------------------------------------------------------------------------------------------- files

function files(form: HTMLFormElement): void {
  const input = part<HTMLInputElement>(form, "input[type=file]");
  const list = part(form, ".tc-composer-files");
  if (!input || !list) return;
  let chosen: File[] = [];
  const most = Number(form.dataset.most);
  const show = (): void => {
    const transfer = new DataTransfer();
    for (const file of chosen) transfer.items.add(file);
    input.files = transfer.files;
    list.replaceChildren(
      ...chosen.map((file) => {
        const item = document.createElement("li");
        item.className = "tc-file";
        const name = document.createElement("span");
        name.className = "tc-cut";
        name.textContent = file.name;
        const away = document.createElement("button");
        away.type = "button";
        away.textContent = "×";
        away.setAttribute("aria-label", word("file-drop", { name: file.name }));
        away.addEventListener("click", () => {
          chosen = chosen.filter((other) => other !== file);
          show();
        });
        item.append(name, away);
        return item;
      }),
    );
    list.hidden = chosen.length === 0;
  };
  const add = (more: Iterable<File>): void => {
    chosen = [...chosen, ...more].slice(0, most);
    show();
  };
  input.addEventListener("change", () => add(Array.from(input.files ?? []).filter((file) => !chosen.includes(file))));
  form.addEventListener("paste", (event) => {
    const pasted = Array.from(event.clipboardData?.files ?? []);
    if (!pasted.length) return;
    event.preventDefault();
    add(pasted);
  });
  form.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("is-over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("is-over"));
  form.addEventListener("drop", (event) => {
    form.classList.remove("is-over");
    const dropped = Array.from(event.dataTransfer?.files ?? []);
    if (!dropped.length) return;
    event.preventDefault();
    add(dropped);
  });
  form.addEventListener("tocsin:sent", () => {
    chosen = [];
    show();
  });
}

// ------------------------------------------------------------------------------------------------------------- preview

function preview(form: HTMLFormElement, text: HTMLTextAreaElement): void {
  const toggle = part<HTMLButtonElement>(form, "[data-preview-toggle]");
  const place = part(form, ".tc-composer-preview");
  if (!toggle || !place) return;
  toggle.addEventListener("click", async () => {
    const on = toggle.getAttribute("aria-pressed") !== "true" && text.value.trim() !== "";
    toggle.setAttribute("aria-pressed", String(on));
    if (on) {
      const values = { body: text.value };
      await htmx.ajax("POST", form.dataset.preview ?? "", { source: document.body, target: place, swap: "innerHTML", values } as never);
    }
    place.hidden = !on;
    text.hidden = on;
    if (!on) text.focus();
  });
  form.addEventListener("tocsin:sent", () => {
    toggle.setAttribute("aria-pressed", "false");
    place.hidden = true;
    text.hidden = false;
  });
}

// ---------------------------------------------------------------------------------------------------------------- dock

let dock: IntersectionObserver | undefined;

function docked(form: HTMLFormElement): void {
  const line = document.getElementById("composer-dock");
  dock?.disconnect();
  if (!line) return;
  dock = new IntersectionObserver(
    ([seen]) => {
      line.hidden = seen?.isIntersecting !== false || form.classList.contains("is-floating");
    },
    { threshold: 0 },
  );
  dock.observe(form);
}

export function open(internal: boolean): void {
  const form = document.querySelector<HTMLFormElement>("[data-composer]");
  const text = form?.querySelector<HTMLTextAreaElement>("textarea");
  if (!form || !text) return;
  choose(form, internal);
  if (text.value.trim()) text.dispatchEvent(new Event("input", { bubbles: true }));
  if (!text.checkVisibility() || text.hidden) part<HTMLButtonElement>(form, "[data-preview-toggle]")?.click();
  const line = document.getElementById("composer-dock");
  if (line && !line.hidden) {
    form.classList.add("is-floating");
    line.hidden = true;
  }
  text.focus({ preventScroll: form.classList.contains("is-floating") });
}

// ---------------------------------------------------------------------------------------------------------------- all

export function start(root: ParentNode): void {
  each<HTMLFormElement>(root, "[data-composer]", "composer", (form) => {
    const text = part<HTMLTextAreaElement>(form, "textarea");
    if (!text) return;
    drafts(form, text);
    files(form);
    preview(form, text);
    docked(form);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        form.requestSubmit();
      }
      if (event.key === "Escape") text.blur();
    });
    for (const label of form.querySelectorAll<HTMLElement>("label[data-key]")) {
      label.addEventListener("click", (event) => {
        if (event.target instanceof HTMLInputElement) return; // chosen by the arrow keys: the focus stays there
        event.preventDefault();
        open(label.dataset.key === "n");
      });
    }
    form.addEventListener("focusout", (event) => {
      if (event.relatedTarget instanceof Node && form.contains(event.relatedTarget)) return;
      if (text.value.trim()) return;
      form.classList.remove("is-floating");
      docked(form);
    });
  });
  each<HTMLElement>(root, "[data-open-composer]", "open", (button) => {
    button.addEventListener("click", () => open(button.dataset.openComposer === "true"));
  });
  each<HTMLElement>(root, "[data-reply]", "reply", (link) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      open(false);
      const composer = document.getElementById("composer");
      if (!composer?.classList.contains("is-floating")) composer?.scrollIntoView({ block: "center" });
    });
  });
}

document.addEventListener("htmx:config:request", (event) => {
  const ctx = (event as CustomEvent).detail.ctx;
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-composer]")) return;
  const bar = form.querySelector<HTMLProgressElement>("progress");
  const input = form.querySelector<HTMLInputElement>("input[type=file]");
  if (!bar || !input?.files?.length) return;
  bar.hidden = false;
  ctx.fetch = sending((sent) => (bar.value = sent));
});

// What the server refuses is at the field that it is about; a network that is gone is told by a toast.
document.addEventListener("htmx:finally:request", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-composer]")) return;
  const bar = form.querySelector<HTMLProgressElement>("progress");
  if (bar) {
    bar.hidden = true;
    bar.value = 0;
  }
  form.querySelector<HTMLElement>("[aria-invalid]")?.focus({ preventScroll: true });
});

// The server said yes when the answer is a page: what was written stands in the timeline now. The event comes before the
// answer is put into the page, so that the emptied fields are what it meets there.
document.addEventListener("htmx:after:request", (event) => {
  const ctx = (event as CustomEvent).detail.ctx;
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-composer]")) return;
  if (ctx.response?.status !== 200) return;
  const text = form.querySelector<HTMLTextAreaElement>("textarea");
  if (text) text.value = "";
  draft.drop(form.dataset.draft ?? "");
  note(form, "");
  form.classList.remove("is-floating");
  form.dispatchEvent(new Event("tocsin:sent"));
});
