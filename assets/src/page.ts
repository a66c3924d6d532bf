// What the server says once for the whole page: in `<meta name="tocsin">` of its head.

interface Page {
  csrf: string;
  keys: boolean;
  live: boolean; // hears of incidents as it happens
  since: string; // the id of an event that would have been the last when the page was made
  who: string | null;
  locale: string;
  zone: string;
  stands: number | null; // where the clock of a sandbox stands; null where time goes by
  words: Record<string, string>;
}

let read: Page | undefined;

export function page(): Page {
  if (read === undefined) {
    const text = document.querySelector<HTMLMetaElement>('meta[name="tocsin"]')?.content;
    read = text ? (JSON.parse(text) as Page) : { csrf: "", keys: false, live: false, since: "", who: null, locale: "en", zone: "UTC", stands: null, words: {} };
  }
  return read;
}

// The present as the organisation sees it, in milliseconds since 1970.
export function present(): number {
  return page().stands ?? Date.now();
}

// Single keys, switched on or off while the page stands.
export function useKeys(on: boolean): void {
  page().keys = on;
}

// The token is read anew each time: a page brought in after a login has another one.
export function csrf(): string {
  const text = document.querySelector<HTMLMetaElement>('meta[name="tocsin"]')?.content;
  return text ? (JSON.parse(text) as Page).csrf : "";
}

// A text in the reader's language, with `{name}` filled in. The server sends every text that scripts need.
export function word(key: string, values: Record<string, string | number> = {}): string {
  const text = page().words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

// Runs `begin` once for each element that matches, however often the page is walked.
export function each<E extends Element>(root: ParentNode, selector: string, mark: string, begin: (element: E) => void): void {
  const found = Array.from(root.querySelectorAll<E>(selector));
  if (root instanceof Element && root.matches(selector)) found.push(root as unknown as E);
  for (const element of found) {
    const done = (element as unknown as Record<string, unknown>)[`tocsin-${mark}`];
    if (done) continue;
    (element as unknown as Record<string, unknown>)[`tocsin-${mark}`] = true;
    begin(element);
  }
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
}
