// `<time data-ago>` says how long ago something was, and keeps saying it.

import { each, page, present } from "./page";

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const shown = new Set<HTMLTimeElement>();
let format: Intl.RelativeTimeFormat | undefined;

function say(element: HTMLTimeElement): void {
  format ??= new Intl.RelativeTimeFormat(page().locale, { numeric: "auto", style: "short" });
  const seconds = (Date.parse(element.dateTime) - present()) / 1000;
  if (Math.abs(seconds) > 7 * 86_400) return; // what the server wrote is the date
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) {
      element.textContent = format.format(Math.trunc(seconds / size), unit);
      return;
    }
  }
  element.textContent = format.format(0, "minute");
}

export function start(root: ParentNode): void {
  each<HTMLTimeElement>(root, "time[data-ago]", "ago", (element) => {
    shown.add(element);
    say(element);
  });
}

setInterval(() => {
  for (const element of shown) {
    if (element.isConnected) say(element);
    else shown.delete(element);
  }
}, 30_000);
