// What happens, as it happens. Each event arrives as the DOM event `tocsin:event` on the document, its data as detail:
// `{id, type, incident, reference_code, version, actor: {id, name} | null, at}`, or `{type: "refresh"}`: too much happened to
// tell, look anew. An event comes once, but it may be of something that the page already shows.
//
// One tab of a browser holds the stream (Web Locks) and passes on what it hears (BroadcastChannel). A stream that is lost is
// asked for anew from the last event heard, later and later; meanwhile the tab polls. The banner says when nothing answers.

import { page } from "./page";

export interface Change {
  id?: string;
  type: string;
  incident?: string;
  reference_code?: string;
  version?: number;
  actor?: { id: string; name: string } | null;
  at?: string;
}

type Said = { kind: "change"; change: Change } | { kind: "state"; isUp: boolean; isOver: boolean } | { kind: "since" };

const FIRST_SECONDS = 10; // until a stream must have said something, else a proxy holds it back
const SILENT_SECONDS = 40; // the server says something every fifteen
const GRACE_MILLISECONDS = 2000; // what heals by then is not worth a banner
const LONGEST_SECONDS = 30;
const MOST_KEPT = 1000; // twice what the server sends at once
const SHOWN_MILLISECONDS = 3000; // what was committed so long before the page was made, it shows

const seen = new Set<string>();
const kept: Change[] = [];
let last = "";
let channel: BroadcastChannel | null = null;
let stopping: AbortController | null = null;
let grace = 0;
let cut: (() => void) | null = null; // ends the stream that is open, for another one
let isOver = false;

// ------------------------------------------------------------------------------------------------------- what is heard

// When an id (UUIDv7) was made.
function made(id: string): number {
  return Number.parseInt(id.replace("-", "").slice(0, 12), 16);
}

function hear(change: Change): void {
  if (change.id) {
    if (seen.has(change.id) || made(change.id) < made(page().since) - SHOWN_MILLISECONDS) return;
    seen.add(change.id);
    kept.push(change);
    if (kept.length > MOST_KEPT) seen.delete(kept.shift()?.id ?? "");
    if (change.id > last) last = change.id;
  }
  document.dispatchEvent(new CustomEvent<Change>("tocsin:event", { detail: change }));
}

function tell(change: Change): void {
  hear(change);
  channel?.postMessage({ kind: "change", change } satisfies Said);
}

function show(isUp: boolean): void {
  window.clearTimeout(grace);
  const banner = document.getElementById("offline");
  if (!banner) return;
  if (isUp || isOver) banner.hidden = true;
  else grace = window.setTimeout(() => (banner.hidden = false), GRACE_MILLISECONDS);
}

function state(isUp: boolean): void {
  show(isUp);
  channel?.postMessage({ kind: "state", isUp, isOver } satisfies Said);
}

function over(): void {
  isOver = true;
  const banner = document.getElementById("session-over");
  const link = banner?.querySelector("a");
  if (link) link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  if (banner) banner.hidden = false;
  state(true);
}

// --------------------------------------------------------------------------------------------------------- the stream

// Resolves when the stream has ended, with whether it ever said anything.
function stream(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const source = new EventSource(`/live?since=${last}`);
    let timer = 0;
    let spoke = false;
    const end = (): void => {
      window.clearTimeout(timer);
      cut = null;
      source.close();
      signal.removeEventListener("abort", end);
      resolve(spoke);
    };
    const alive = (event: Event): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(end, SILENT_SECONDS * 1000);
      if (!spoke) state(true);
      spoke = true;
      const { lastEventId } = event as MessageEvent;
      if (lastEventId > last) last = lastEventId;
    };
    cut = end;
    timer = window.setTimeout(end, FIRST_SECONDS * 1000);
    source.addEventListener("message", (event) => {
      alive(event);
      tell(JSON.parse(event.data as string) as Change);
    });
    source.addEventListener("beat", alive);
    source.addEventListener("over", () => {
      over();
      end();
    });
    source.addEventListener("error", end);
    signal.addEventListener("abort", end);
  });
}

async function poll(signal: AbortSignal): Promise<void> {
  const answer = await fetch(`/live/poll?since=${last}`, { credentials: "same-origin", signal }).catch(() => null);
  if (signal.aborted) return;
  if (answer?.status === 401 || answer?.status === 403) over();
  else if (!answer?.ok) state(false);
  else {
    const found = (await answer.json()) as { items: Change[]; last: string };
    found.items.forEach(tell);
    if (found.last > last) last = found.last;
    state(true);
  }
}

function rest(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      window.clearTimeout(timer);
      window.removeEventListener("online", go);
      signal.removeEventListener("abort", go);
      resolve();
    };
    const timer = window.setTimeout(go, seconds * 1000);
    window.addEventListener("online", go);
    signal.addEventListener("abort", go);
  });
}

async function lead(signal: AbortSignal): Promise<void> {
  let wait = 0.5;
  while (!signal.aborted && !isOver) {
    if (await stream(signal)) wait = 0.5;
    if (signal.aborted || isOver) return;
    await poll(signal);
    await rest(wait * (0.5 + Math.random()), signal);
    wait = Math.min(wait * 2, LONGEST_SECONDS);
  }
}

// ----------------------------------------------------------------------------------------------------------- the tabs

function heard(said: Said): void {
  if (said.kind === "change") hear(said.change);
  else if (said.kind === "since") for (const change of kept) channel?.postMessage({ kind: "change", change } satisfies Said);
  else if (said.isOver && !isOver) over();
  else show(said.isUp);
}

function begin(): void {
  const { signal } = (stopping = new AbortController());
  if (!("locks" in navigator) || !("BroadcastChannel" in window)) {
    void lead(signal);
    return;
  }
  const name = `tocsin-live:${page().who ?? ""}`;
  channel = new BroadcastChannel(name);
  channel.onmessage = (event: MessageEvent<Said>) => heard(event.data);
  channel.postMessage({ kind: "since" } satisfies Said); // what the leading tab heard while this page was on its way
  navigator.locks.request(name, { signal }, () => lead(signal)).catch(() => undefined); // not reached before the page was left
}

function stop(): void {
  stopping?.abort();
  channel?.close();
  channel = null;
}

if (page().live) {
  last = page().since;
  begin();
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) begin();
  });
  window.addEventListener("offline", () => show(false));
  window.addEventListener("online", () => {
    show(true);
    cut?.(); // it may be dead without knowing
  });
}

export function start(_root: ParentNode): void {
  // Works for the whole page, once.
}
