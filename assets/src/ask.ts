// Asking the server from scripts, as htmx does it: a session that has ended leads to the login, and back here afterwards.

import { csrf } from "./page";

export async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  headers.set("HX-Request", "true");
  headers.set("HX-Current-URL", location.href);
  if ((options.method ?? "GET") !== "GET") headers.set("X-CSRF-Token", csrf());
  const answer = await fetch(path, { credentials: "same-origin", ...options, headers });
  const login = answer.status === 401 ? answer.headers.get("HX-Redirect") : null;
  if (login) location.assign(login);
  return answer;
}
