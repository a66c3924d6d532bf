// The console's one script. Each part starts on the page, and again on whatever htmx brings in.

import "./htmx";
import * as account from "./account";
import * as clocks from "./clocks";
import * as keys from "./keys";
import * as menus from "./menus";
import * as times from "./times";
import * as toasts from "./toasts";

const PARTS = [clocks, times, toasts, menus, keys, account];

function start(root: ParentNode): void {
  for (const part of PARTS) part.start(root);
}

document.addEventListener("htmx:after:process", (event) => {
  if (event.target instanceof Element) start(event.target);
});
start(document);
