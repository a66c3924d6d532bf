// htmx, set up for a strict content security policy: nothing is evaluated, no style is injected.

import htmx from "htmx.org";
import { csrf } from "./page";

htmx.config.includeIndicatorCSS = false;
htmx.config.history = true;

document.addEventListener("htmx:config:request", (event) => {
  const request = (event as CustomEvent).detail.ctx.request;
  if (request.method !== "GET") request.headers["X-CSRF-Token"] = csrf();
});

export default htmx;
