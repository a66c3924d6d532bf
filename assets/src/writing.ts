// The form of a new incident. What is typed outlives a reload (in this browser, under the writer's own name) until it is
// recorded; the description can be looked at as it will be; files can be dropped, pasted, and taken off again.

import { csrf, each, word } from "./page";

const SENT = "tocsin-sent";
const HIDDEN = /^_/;

type Draft = Record<string, string>;
type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

// Storage may be full, or switched off: then there is no draft, and nothing else fails.
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

function fields(form: HTMLFormElement): Field[] {
  return Array.from(form.elements).filter(
    (one): one is Field => /^(INPUT|TEXTAREA|SELECT)$/.test(one.tagName) && (one as Field).name !== "" && !HIDDEN.test((one as Field).name) && (one as Field).type !== "file",
  );
}

function unchanged(field: Field): string {
  if (!(field instanceof HTMLSelectElement)) return field.defaultValue;
  return (Array.from(field.options).find((option) => option.defaultSelected) ?? field.options[0])?.value ?? "";
}

function keep(form: HTMLFormElement): void {
  const key = `tocsin-draft/${form.dataset.kept}`;
  const note = form.querySelector<HTMLElement>("[data-kept-note]");
  const before = attempt(() => JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null);
  attempt(() => sessionStorage.removeItem(SENT));
  if (before && !("refused" in form.dataset)) {
    for (const field of fields(form)) {
      const value = before[field.name];
      if (value !== undefined) field.value = value;
    }
    if (note) note.hidden = false;
  }
  let timer = 0;
  const save = (): void => {
    window.clearTimeout(timer);
    const draft: Draft = {};
    for (const field of fields(form)) if (field.value !== unchanged(field) || "refused" in form.dataset) draft[field.name] = field.value;
    attempt(() => (Object.values(draft).some(Boolean) ? localStorage.setItem(key, JSON.stringify(draft)) : localStorage.removeItem(key)));
  };
  form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, 300);
  });
  window.addEventListener("pagehide", save);
  form.addEventListener("submit", () => {
    save();
    window.removeEventListener("pagehide", save);
    attempt(() => sessionStorage.setItem(SENT, key));
  });
  form.querySelector("[data-kept-drop]")?.addEventListener("click", () => {
    form.reset();
    attempt(() => localStorage.removeItem(key));
    if (note) note.hidden = true;
    fields(form)[0]?.focus();
  });
}

// A page after the form that is not the form again: what was sent is recorded.
function recorded(): void {
  const key = attempt(() => sessionStorage.getItem(SENT));
  if (!key || document.querySelector("form[data-kept]")) return;
  if (document.querySelector("main[data-problem], form input[type=password]")) return;
  attempt(() => localStorage.removeItem(key));
  attempt(() => sessionStorage.removeItem(SENT));
}

// The server draws it: what it sends is clean.
async function draw(path: string, body: string, place: HTMLElement): Promise<void> {
  place.setAttribute("aria-busy", "true");
  const headers = { "HX-Request": "true", "X-CSRF-Token": csrf() };
  const answer = await fetch(path, { method: "POST", headers, body: new URLSearchParams({ body }) }).catch(() => null);
  place.removeAttribute("aria-busy");
  if (answer?.ok) place.innerHTML = await answer.text();
  else document.dispatchEvent(new CustomEvent("toast", { detail: { text: word("offline"), kind: "failed" } }));
}

function show(box: HTMLElement): void {
  const tabs = box.querySelector<HTMLElement>(".tc-written-tabs");
  const write = box.querySelector<HTMLButtonElement>("[data-write]");
  const look = box.querySelector<HTMLButtonElement>("[data-show]");
  const text = box.querySelector("textarea");
  const preview = box.querySelector<HTMLElement>(".tc-written-preview");
  if (!tabs || !write || !look || !text || !preview) return;
  tabs.hidden = false;
  const turn = (shown: boolean): void => {
    write.setAttribute("aria-pressed", String(!shown));
    look.setAttribute("aria-pressed", String(shown));
    preview.hidden = !shown;
    box.classList.toggle("is-shown", shown);
  };
  write.addEventListener("click", () => {
    turn(false);
    text.focus();
  });
  look.addEventListener("click", () => {
    turn(true);
    void draw(look.dataset.show ?? "", text.value, preview);
  });
}

function choose(box: HTMLElement): void {
  const input = box.querySelector<HTMLInputElement>("input[type=file]");
  const list = box.querySelector<HTMLElement>("[data-chosen]");
  const template = box.querySelector<HTMLTemplateElement>("[data-chosen-file]");
  const form = box.closest("form");
  if (!input || !list || !template || !form) return;
  const files = new DataTransfer();
  const draw = (): void => {
    input.files = files.files;
    list.hidden = files.files.length === 0;
    list.replaceChildren(
      ...Array.from(files.files, (file, place) => {
        const item = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
        const name = item.querySelector("[data-name]");
        const size = item.querySelector("[data-size]");
        if (name) name.textContent = file.name;
        if (size) size.textContent = file.size < 1024 * 1024 ? `${Math.ceil(file.size / 1024)} kB` : `${(file.size / 1024 / 1024).toFixed(1)} MB`;
        const remove = item.querySelector<HTMLButtonElement>("[data-remove]");
        remove?.setAttribute("aria-label", `${remove.title}: ${file.name}`);
        remove?.addEventListener("click", () => {
          files.items.remove(place);
          draw();
          (list.querySelector<HTMLElement>("[data-remove]") ?? input).focus();
        });
        return item;
      }),
    );
  };
  const add = (more: Iterable<File>): void => {
    for (const file of more) if (files.items.length < Number(input.dataset.most)) files.items.add(file);
    draw();
  };
  input.addEventListener("change", () => add(Array.from(input.files ?? [])));
  form.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    box.classList.add("is-dropping");
  });
  form.addEventListener("dragleave", () => box.classList.remove("is-dropping"));
  form.addEventListener("drop", (event) => {
    box.classList.remove("is-dropping");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
  form.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
}

export function start(root: ParentNode): void {
  each<HTMLFormElement>(root, "form[data-kept]", "kept", keep);
  each<HTMLElement>(root, ".tc-written", "written", show);
  each<HTMLElement>(root, "[data-files]", "files", choose);
  if (root === document) recorded();
}
