// The rota: dragging over the final schedule, or "Fill it" at a gap, fills the form of an override. All of it can be typed, too.

import { each } from "./page";

const STEP = 30 * 60; // seconds: what is dragged falls on half hours

// A moment on the wall's clock of a zone, as a field for day and time takes it.
function wall(seconds: number, zone: string): string {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).format(new Date(seconds * 1000));
  return parts.replace(" ", "T");
}

function fill(from: string, to: string): void {
  const form = document.querySelector<HTMLFormElement>("#override form");
  const fields = ["from", "to"].map((name) => form?.querySelector<HTMLInputElement>(`[name="${name}"]`));
  if (!form || !fields[0] || !fields[1]) return;
  fields[0].value = from;
  fields[1].value = to;
  form.scrollIntoView({ block: "center" });
  form.querySelector<HTMLElement>("select, input:not([type=hidden])")?.focus();
}

function dragging(row: SVGSVGElement, grid: HTMLElement): void {
  const since = Number(grid.dataset["since"]);
  const until = Number(grid.dataset["until"]);
  const zone = grid.dataset["zone"] ?? "UTC";
  const at = (event: PointerEvent): number => {
    const box = row.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return Math.round((since + part * (until - since)) / STEP) * STEP;
  };
  row.addEventListener("pointerdown", (down) => {
    if (down.button !== 0 || down.pointerType === "touch") return;
    const start = at(down);
    const mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    mark.setAttribute("class", "tc-rota-picked");
    mark.setAttribute("y", "2");
    mark.setAttribute("height", "40");
    row.append(mark);
    row.setPointerCapture(down.pointerId);
    let span: [number, number] = [start, start];
    const draw = (move: PointerEvent): void => {
      const now = at(move);
      span = [Math.min(start, now), Math.max(start, now)];
      const percent = (moment: number): number => ((moment - since) / (until - since)) * 100;
      mark.setAttribute("x", `${percent(span[0])}%`);
      mark.setAttribute("width", `${percent(span[1]) - percent(span[0])}%`);
    };
    const end = (event: Event): void => {
      row.removeEventListener("pointermove", draw);
      row.removeEventListener("pointerup", end);
      row.removeEventListener("pointercancel", end);
      mark.remove();
      if (event.type === "pointerup" && span[1] > span[0]) fill(wall(span[0], zone), wall(span[1], zone));
    };
    row.addEventListener("pointermove", draw);
    row.addEventListener("pointerup", end);
    row.addEventListener("pointercancel", end);
  });
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "[data-rota]", "rota", (grid) => {
    for (const row of grid.querySelectorAll<SVGSVGElement>("[data-drag]")) dragging(row, grid);
  });
  each<HTMLAnchorElement>(root, "a[data-fill]", "fill", (link) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      fill(link.dataset["fill"] ?? "", link.dataset["fillTo"] ?? "");
    });
  });
}
