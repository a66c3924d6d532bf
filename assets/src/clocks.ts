// SLA clocks count down. The server says which clock runs, since when, until when and where its warnings stand; the words
// and the state follow from the time left. Each minute, under ten minutes each second; only a change of state is announced.

import { each, word } from "./page";

export type State = "ok" | "warn" | "urgent" | "breach" | "pause";

const ICONS: Record<State, string> = {
  ok: "clock",
  warn: "hourglass-high",
  urgent: "flame",
  breach: "bell-ringing",
  pause: "player-pause",
};

export interface Reading {
  state: State;
  left: number; // seconds, negative when late
  used: number; // fraction of the target, 0 to 1
}

// What a clock shows at a moment (seconds since 1970). `warnings` are fractions of the target, in rising order.
export function read(now: number, start: number, due: number, warnings: number[], paused: number | null): Reading {
  const at = paused ?? now;
  const left = due - at;
  const whole = due - start;
  const used = whole > 0 ? Math.min(1, Math.max(0, (at - start) / whole)) : 1;
  if (paused !== null) return { state: "pause", left, used };
  if (left < 0) return { state: "breach", left, used: 1 };
  const passed = warnings.filter((warning) => used >= warning).length;
  const state = passed === 0 ? "ok" : passed >= warnings.length && passed > 1 ? "urgent" : "warn";
  return { state, left, used };
}

// `4:12` under ten minutes, `47m`, `1h 22m`, `2d 7h`; late with a minus sign.
export function short(seconds: number): string {
  const sign = seconds < 0 ? "−" : "";
  const left = Math.abs(Math.trunc(seconds));
  const minutes = Math.trunc(left / 60);
  if (left < 600 && seconds >= 0) return `${Math.trunc(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (minutes < 60) return `${sign}${minutes}m`;
  if (minutes < 1440) return `${sign}${Math.trunc(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
  return `${sign}${Math.trunc(minutes / 1440)}d ${Math.trunc((minutes % 1440) / 60)}h`;
}

// `1:22:41`, for the large clock; past a day as `short` says it.
export function long(seconds: number): string {
  const left = Math.abs(Math.trunc(seconds));
  if (left >= 86_400) return short(seconds);
  const parts = [Math.trunc(left / 3600), Math.trunc((left % 3600) / 60), left % 60];
  const text = parts.map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
  return seconds < 0 ? `−${text}` : text;
}

const clocks = new Set<HTMLElement>();

function tick(clock: HTMLElement): number {
  const { start, due, paused, warnings, form } = clock.dataset;
  const now = Date.now() / 1000;
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
    if (!clock.isConnected) {
      clocks.delete(clock);
      continue;
    }
    const pace = Number(clock.dataset.pace ?? 1);
    if (beat % pace === 0) clock.dataset.pace = String(tick(clock));
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
