// Pictures of an incident open above the page instead of being downloaded; arrow keys go on, Escape and a click close.

import { each, word } from "./page";

let box: HTMLDialogElement | null = null;
let pictures: HTMLAnchorElement[] = [];
let at = 0;

function button(place: string, sign: string, label: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `btn ${place}`;
  made.setAttribute("aria-label", label);
  made.textContent = sign;
  made.addEventListener("click", (event) => {
    event.stopPropagation();
    act();
  });
  return made;
}

function viewer(): HTMLDialogElement {
  if (box) return box;
  const made = document.createElement("dialog");
  made.className = "tc-viewer";
  const figure = document.createElement("figure");
  const original = document.createElement("a"); // the file itself, which the picture's own link does not bring any more
  original.download = "";
  const caption = document.createElement("figcaption");
  caption.append(original);
  figure.append(document.createElement("img"), caption);
  made.append(
    figure,
    button("tc-viewer-back", "‹", word("picture-back"), () => step(-1)),
    button("tc-viewer-on", "›", word("picture-on"), () => step(1)),
    button("tc-viewer-close", "×", word("close"), () => made.close()),
  );
  made.addEventListener("click", (event) => {
    if (event.target === made || event.target === figure || event.target === caption) made.close();
  });
  made.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    event.stopPropagation();
    step(event.key === "ArrowLeft" ? -1 : 1);
  });
  made.addEventListener("close", () => pictures[at]?.focus());
  document.body.append(made);
  box = made;
  return made;
}

function step(by: number): void {
  at = (at + by + pictures.length) % pictures.length;
  show();
}

function show(): void {
  const chosen = pictures[at];
  if (!chosen) return;
  const made = viewer();
  const name = chosen.dataset.picture ?? "";
  const image = made.querySelector("img");
  const original = made.querySelector("a");
  if (image) {
    image.src = chosen.href;
    image.alt = name;
  }
  if (original) {
    original.href = chosen.href;
    original.textContent = pictures.length > 1 ? `${name} (${at + 1}/${pictures.length})` : name;
  }
  made.setAttribute("aria-label", name);
  made.classList.toggle("is-single", pictures.length < 2);
  if (!made.open) made.showModal();
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "[data-gallery]", "gallery", (gallery) => {
    gallery.addEventListener("click", (event) => {
      const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("[data-picture]") : null;
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      pictures = Array.from(gallery.querySelectorAll<HTMLAnchorElement>("[data-picture]"));
      at = pictures.indexOf(link);
      show();
    });
  });
}
