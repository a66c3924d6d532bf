// SLA clocks count down. The server says which clock runs, since when, until when and where its warnings stand; the words
// and the state follow from the time left (reading.ts). Each minute, under ten minutes each second; only a change of state is announced.

import { each, present, word } from "./page";
import { long, read, short, type State } from "./reading";

const ICONS: Record<State, string> = {
  ok: "clock",
  warn: "hourglass-high",
  urgent: "flame",
  breach: "bell-ringing",
  pause: "player-pause",
};

const clocks = new Set<HTMLElement>();

function tick(clock: HTMLElement): number {
  const { start, due, paused, warnings, form } = clock.dataset;
  const now = present() / 1000;
  const reading = read(now, Number(start), Number(due), (warnings ?? "").split(",").filter(Boolean).map(Number), paused ? Number(paused) : null);
  const text = clock.querySelector("[data-left]");
  const said = form === "long" ? long(reading.left) : short(reading.left);
  if (text && text.textContent !== said) text.textContent = said;
  for (const bar of clock.querySelectorAll("rect[data-fill]")) {
    const kept = bar.getAttribute("data-fill") === "left" ? 1 - reading.used : reading.used;
    bar.setAttribute("width", `${(kept * 100).toFixed(1)}%`);
  }
  if (clock.dataset.state !== reading.state) become(clock, reading.state);
  return form === "long" || Math.abs(reading.left) < 600 ? 1 : 20;
}

function become(clock: HTMLElement, state: State): void {
  const before = clock.dataset.state;
  if (before) clock.classList.remove(`is-${before}`);
  clock.classList.add(`is-${state}`);
  clock.dataset.state = state;
  const use = clock.querySelector("use");
  if (use) use.setAttribute("href", (use.getAttribute("href") ?? "").replace(/#.*/, `#${ICONS[state]}`));
  const spoken = clock.querySelector("[data-spoken]");
  if (spoken) spoken.textContent = word(`clock-${state}`);
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "[data-due]", "clock", (clock) => {
    clocks.add(clock);
    tick(clock);
  });
}

let beat = 0;
setInterval(() => {
  beat += 1;
  for (const clock of clocks) {
    if (!clock.isConnected) clocks.delete(clock);
    // A clock that has stopped is the same element without its due time; it may run again.
    else if (clock.dataset.due && beat % Number(clock.dataset.pace ?? 1) === 0) clock.dataset.pace = String(tick(clock));
  }
}, 1000);

// The sprite must hold what scripts choose at run time.
export const USED = [
  { icon: "clock" },
  { icon: "hourglass-high" },
  { icon: "flame" },
  { icon: "bell-ringing" },
  { icon: "player-pause" },
];
