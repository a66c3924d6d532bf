// What somebody writes is kept in the browser for their tenant, themselves and the incident, until it is sent.

export interface Draft {
  text: string;
  internal: boolean;
  at: number; // milliseconds since 1970
}

const PREFIX = "tocsin-draft:";
const DAYS = 30;

export function keep(key: string, draft: Draft): void {
  try {
    if (draft.text.trim()) localStorage.setItem(PREFIX + key, JSON.stringify(draft));
    else localStorage.removeItem(PREFIX + key);
  } catch {
    // A browser that keeps nothing (private window, full store) still sends: the draft only lives in the page.
  }
}

export function find(key: string): Draft | null {
  try {
    const kept = localStorage.getItem(PREFIX + key);
    const draft = kept ? (JSON.parse(kept) as Draft) : null;
    if (draft && Date.now() - draft.at > DAYS * 86_400_000) {
      drop(key);
      return null;
    }
    return draft;
  } catch {
    return null;
  }
}

export function drop(key: string): void {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // Nothing was kept, so nothing is left.
  }
}
