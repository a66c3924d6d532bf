// The public pages work without a script. This one spares a second sending, takes dropped files, lists what was chosen,
// shows the fields of the chosen category only and copies the private link.

import { byCategory } from "./fields";

function once(form: HTMLFormElement): void {
  form.addEventListener("submit", () => {
    const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
    if (button) window.setTimeout(() => (button.disabled = true));
  });
  window.addEventListener("pageshow", () => {
    const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
    if (button) button.disabled = false;
  });
}

function fileSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(value < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

function say(template: string, name: string): string {
  return template.replace("{name}", name);
}

// The chosen files are kept here and written back into the field, so that a second choice adds to the first.
function drops(field: HTMLElement): void {
  const input = field.querySelector<HTMLInputElement>("input[type=file]");
  const box = field.querySelector<HTMLElement>(".tc-drop");
  const list = field.querySelector<HTMLElement>("[data-chosen]");
  const refused = field.querySelector<HTMLElement>("[data-refused]");
  if (!input || !box || !list || !refused) return;
  const most = Number(field.dataset.most);
  const bytes = Number(field.dataset.bytes);
  let chosen: File[] = [];
  field.classList.add("is-live");

  const complain = (text: string): void => {
    refused.hidden = text === "";
    const words = refused.querySelector("span");
    if (words) words.textContent = text;
  };
  const show = (): void => {
    const carrier = new DataTransfer();
    for (const file of chosen) carrier.items.add(file);
    input.files = carrier.files;
    list.hidden = chosen.length === 0;
    list.replaceChildren(
      ...chosen.map((file) => {
        const row = document.createElement("li");
        const name = document.createElement("span");
        name.textContent = file.name;
        const size = document.createElement("span");
        size.className = "tc-soft";
        size.textContent = fileSize(file.size);
        const remove = document.createElement("button");
        remove.type = "button";
        remove.textContent = "×";
        remove.setAttribute("aria-label", say(field.dataset.remove ?? "", file.name));
        remove.addEventListener("click", () => {
          chosen = chosen.filter((other) => other !== file);
          complain("");
          show();
          input.focus();
        });
        row.append(name, size, remove);
        return row;
      }),
    );
  };
  const add = (files: Iterable<File>): void => {
    complain("");
    for (const file of files) {
      if (chosen.some((other) => other.name === file.name && other.size === file.size && other.lastModified === file.lastModified)) continue;
      if (file.size > bytes) complain(say(field.dataset.tooLarge ?? "", file.name));
      else if (chosen.length >= most) complain(field.dataset.tooMany ?? "");
      else chosen.push(file);
    }
    show();
  };
  input.addEventListener("change", () => add(Array.from(input.files ?? [])));
  for (const type of ["dragenter", "dragover"]) {
    box.addEventListener(type, (event) => {
      event.preventDefault();
      box.classList.add("is-over");
    });
  }
  for (const type of ["dragleave", "drop"]) box.addEventListener(type, () => box.classList.remove("is-over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    add(Array.from(event.dataTransfer?.files ?? []));
  });
}

function copies(button: HTMLButtonElement): void {
  if (!("clipboard" in navigator)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const link = document.querySelector<HTMLAnchorElement>("[data-link]")?.href ?? window.location.href.split(/[?#]/)[0] ?? "";
    navigator.clipboard.writeText(link).then(
      () => {
        const words = button.querySelector("span");
        if (words) words.textContent = button.dataset.done ?? "";
      },
      () => (button.hidden = true),
    );
  });
}

document.querySelectorAll("form").forEach(once);
byCategory(document);
document.querySelectorAll<HTMLElement>("[data-drop]").forEach(drops);
document.querySelectorAll<HTMLButtonElement>("[data-copy]").forEach(copies);
