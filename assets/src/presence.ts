// Who else has the incident open: the page says every 15 seconds that it is looked at, hears who else does, and says when
// it is left. A page in the background is not looked at.

import htmx from "./htmx";
import { csrf, each } from "./page";

const SECONDS = 15;
let timer = 0;

function say(place: HTMLElement): void {
  if (document.visibilityState === "hidden" || !place.isConnected) return;
  const path = place.dataset.presence ?? "";
  void fetch(path, { method: "POST", headers: { "HX-Request": "true", "X-CSRF-Token": csrf() }, body: new URLSearchParams() })
    .then(async (answer) => {
      if (!answer.ok) return;
      const html = (await answer.text()).trim();
      if (place.innerHTML.trim() !== html) await htmx.swap({ text: html, target: place, swap: "innerHTML", sourceElement: place } as never);
    })
    .catch(() => {
      // The next beat tries again; that the server is away is said by whatever else asks it.
    });
}

function leave(): void {
  const place = document.querySelector<HTMLElement>("[data-leave]");
  if (place) navigator.sendBeacon(place.dataset.leave ?? "", new URLSearchParams({ _csrf: csrf() }));
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "[data-presence]", "presence", (place) => {
    say(place);
    window.clearInterval(timer);
    timer = window.setInterval(() => {
      const shown = document.querySelector<HTMLElement>("[data-presence]");
      if (shown) say(shown);
      else window.clearInterval(timer);
    }, SECONDS * 1000);
  });
}

document.addEventListener("visibilitychange", () => {
  const place = document.querySelector<HTMLElement>("[data-presence]");
  if (!place) return;
  if (document.visibilityState === "hidden") leave();
  else say(place);
});
window.addEventListener("pagehide", leave);
