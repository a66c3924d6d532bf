// A form being sent is not sent twice: its buttons rest, and the one that was pressed says so, until the answer is there.

import { word } from "./page";

const QUIET_MILLISECONDS = 150; // what is quicker needs no word
const LONGEST_MILLISECONDS = 30_000; // an answer that left the page where it is (a download); htmx says itself when it ends

interface Held {
  buttons: HTMLButtonElement[];
  pressed: HTMLButtonElement | null;
  inner: string;
  timers: number[];
}

const sending = new Map<HTMLFormElement, Held>();

function hold(form: HTMLFormElement, submitter: Element | null, ends: boolean): void {
  if (sending.has(form)) return;
  const buttons = Array.from(form.elements).filter(
    (one): one is HTMLButtonElement => one instanceof HTMLButtonElement && one.type === "submit" && !one.disabled,
  );
  const pressed = submitter instanceof HTMLButtonElement ? submitter : buttons.length === 1 ? (buttons[0] ?? null) : null;
  const held: Held = { buttons, pressed, inner: pressed?.innerHTML ?? "", timers: [] };
  sending.set(form, held);
  for (const button of buttons) button.disabled = true;
  if (pressed?.textContent?.trim()) {
    held.timers.push(
      window.setTimeout(() => {
        pressed.style.minInlineSize = `${pressed.offsetWidth}px`;
        pressed.textContent = word("saving");
      }, QUIET_MILLISECONDS),
    );
  }
  if (!ends) held.timers.push(window.setTimeout(() => release(form), LONGEST_MILLISECONDS));
}

function release(form: HTMLFormElement): void {
  const held = sending.get(form);
  if (!held) return;
  sending.delete(form);
  held.timers.forEach(window.clearTimeout);
  for (const button of held.buttons) button.disabled = false;
  if (held.pressed && held.pressed.textContent === word("saving")) {
    held.pressed.innerHTML = held.inner;
    held.pressed.style.minInlineSize = "";
  }
  // A button that rests loses the focus; whoever goes by the keyboard would begin at the page's top.
  if (held.pressed?.isConnected && document.activeElement === document.body) held.pressed.focus({ preventScroll: true });
}

function formOf(event: Event): HTMLFormElement | null {
  const { ctx } = (event as CustomEvent<{ ctx?: { sourceElement?: Element; request?: { form?: HTMLFormElement | null } } }>).detail;
  const source = ctx?.sourceElement;
  return source instanceof HTMLFormElement ? source : null;
}

document.addEventListener(
  "submit",
  (event) => {
    if (event.target instanceof HTMLFormElement && sending.has(event.target)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);

document.addEventListener("submit", (event) => {
  const form = event.target;
  // Later, since a button that rests sends no value; what a script has taken over is htmx's, below
  if (form instanceof HTMLFormElement && form.method === "post" && !event.defaultPrevented) {
    window.setTimeout(() => hold(form, event.submitter, false));
  }
});

document.addEventListener("htmx:before:request", (event) => {
  const form = formOf(event);
  const { ctx } = (event as CustomEvent).detail;
  if (form && ctx.request.method !== "GET") hold(form, ctx.request.submitter ?? null, true);
});

document.addEventListener("htmx:finally:request", (event) => {
  const form = formOf(event);
  if (form) release(form);
});

// Back from the browser's memory: the page stands as it was left, in the middle of sending.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of Array.from(sending.keys())) release(form);
});

export function start(_root: ParentNode): void {
  // Listens on the document, once.
}
