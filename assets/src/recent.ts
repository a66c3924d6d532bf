// What was opened lately, kept in this browser for this person, and gone with the logout.

import { page } from "./page";

export interface Recent {
  path: string;
  code: string;
  title: string;
}

const MOST = 6;
const PREFIX = "tocsin-recent:";

function key(): string {
  return PREFIX + (page().who ?? "");
}

export function recent(): Recent[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key()) ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept.filter((one): one is Recent => typeof one?.path === "string" && one.path.startsWith("/incidents/") && typeof one.title === "string");
  } catch {
    return []; // a browser without storage, or with somebody else's text in it
  }
}

export function remember(one: Recent): void {
  const others = recent().filter((other) => other.path !== one.path);
  try {
    localStorage.setItem(key(), JSON.stringify([one, ...others].slice(0, MOST)));
  } catch {
    return; // storage is full or forbidden: nothing depends on it
  }
}

function forget(): void {
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
}

// An incident's page is remembered by its address and what its heading says.
function note(): void {
  const code = /^\/incidents\/([^/]*\d)$/.exec(location.pathname)?.[1];
  const title = document.querySelector("main h1, main h2")?.textContent?.trim();
  if (code && title) remember({ path: location.pathname, code: decodeURIComponent(code), title });
}

document.addEventListener("submit", (event) => {
  if (event.target instanceof HTMLFormElement && event.target.getAttribute("action") === "/logout") forget();
});

export function start(root: ParentNode): void {
  if (root === document) note();
}
