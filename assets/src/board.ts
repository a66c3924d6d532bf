// The board. A card is dragged with the pointer (a long press on a touch screen), lifted with Space and carried with the
// arrows, or sent by its menu: all three press the same button of that menu, whose form works without this script, too.
// What the table of transitions refuses is said in the column before the drop; what the server refuses, after it.

import { cardsOf, columnOf, ghostOf, linkOf, many } from "./cards";
import htmx from "./htmx";
import { each } from "./page";

const START = 6; // pixels before a press becomes a drag
const HOLD = 350; // milliseconds of a long press
const PAUSE = 300; // milliseconds in which several news of a card are one
const EDGE = 48; // pixels from the rim where a carried card scrolls the board

interface Lift {
  card: HTMLElement;
  over: HTMLElement | null;
  ghost: HTMLElement | null;
  dx: number;
  dy: number;
}

class Board {
  private lift: Lift | null = null;
  private follow = ""; // the id of the card that gets the focus when the server has drawn it anew
  private beyond: { list: Element; index: number } | null = null;
  private readonly words: Record<string, string>;
  private readonly said = document.getElementById("board-said");
  private readonly scroller: HTMLElement;
  private pressed: HTMLElement | null = null;
  private readonly waiting = new Map<string, number>();
  private pull = { x: 0, y: 0 };

  constructor(private readonly board: HTMLElement) {
    this.words = JSON.parse(board.dataset.words ?? "{}") as Record<string, string>;
    this.scroller = board.closest<HTMLElement>(".tc-boards") ?? board;
    board.addEventListener("click", (event) => this.noteMore(event));
    board.addEventListener("htmx:after:swap", () => this.settle());
    document.addEventListener("htmx:after:swap", () => board.isConnected && this.settle());
    document.addEventListener("tocsin:event", (event) => this.heard((event as CustomEvent<{ incident?: string }>).detail?.incident));
    if (!("movable" in board.dataset)) return;
    board.addEventListener("submit", (event) => this.sent(event));
    board.addEventListener("htmx:finally:request", (event) => this.answered(event));
    board.addEventListener("keydown", (event) => this.key(event));
    board.addEventListener("pointerdown", (event) => this.down(event));
    board.addEventListener("dragstart", (event) => event.preventDefault());
    board.addEventListener("focusout", () => this.lift?.ghost === null && this.leaveSoon());
  }

  private word(key: string, values: Record<string, string> = {}): string {
    return (this.words[key] ?? "").replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  }

  private say(text: string): void {
    if (this.said) this.said.textContent = text;
  }

  private get columns(): HTMLElement[] {
    return many(this.board, ".tc-col");
  }

  private column(status: string | undefined): HTMLElement | undefined {
    return this.columns.find((column) => column.dataset.column === status);
  }

  // ---------------------------------------------------------------------------------------------- what may go where

  private allows(card: HTMLElement, column: HTMLElement): boolean {
    return (column.dataset.from ?? "").split(" ").includes(card.dataset.status ?? "");
  }

  private why(card: HTMLElement, column: HTMLElement): string {
    const here = this.column(card.dataset.status);
    const from = here?.dataset.name ?? "";
    const reach = (column.dataset.from ?? "").split(" ");
    const ways = this.columns.filter((other) => other !== here && other !== column && this.allows(card, other) && reach.includes(other.dataset.column ?? ""));
    const between = ways.find((other) => here && here.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) ?? ways[0];
    const cure = between ? this.word("via", { via: between.dataset.name ?? "" }) : this.word("ask");
    return `${this.word("refused", { from, to: column.dataset.name ?? "" })} ${cure}`;
  }

  private clearNotes(): void {
    for (const note of many(this.board, "[id^='refused-']")) note.replaceChildren();
  }

  private note(column: HTMLElement, text: string): void {
    const template = document.querySelector<HTMLTemplateElement>("#board-refusal");
    const note = template?.content.firstElementChild?.cloneNode(true);
    const place = column.querySelector("[id^='refused-']");
    if (!(note instanceof HTMLElement) || !place) return;
    const why = note.querySelector("[data-why]");
    if (why) why.textContent = text;
    place.replaceChildren(note);
  }

  // -------------------------------------------------------------------------------------------------- where cards are

  private place(card: HTMLElement, column: HTMLElement): void {
    const list = column.querySelector("[data-list]");
    const from = columnOf(card);
    if (!list || from === column) return;
    const due = (one: HTMLElement): number => Number(one.dataset.order || Infinity);
    const others = cardsOf(column);
    const next = column.dataset.resolved ? others[0] : others.find((other) => due(other) > due(card));
    list.insertBefore(card, next ?? list.querySelector(".tc-col-more"));
    if (from) this.count(from, -1);
    this.count(column, 1);
  }

  private count(column: HTMLElement, by: number): void {
    const figure = column.querySelector<HTMLElement>("[data-cards]");
    if (!figure) return;
    const number = Number(figure.dataset.cards) + by;
    figure.dataset.cards = String(number);
    if (number <= Number(figure.dataset.most)) figure.textContent = String(number);
  }

  private remove(card: HTMLElement): void {
    const from = columnOf(card);
    if (from) this.count(from, -1);
    card.remove();
  }

  // Each card stands in the column of its status; one whose status has no column is done with here.
  private settle(): void {
    for (const card of many<HTMLElement>(this.board, ".tc-tile:not(.is-saving)")) {
      const column = this.column(card.dataset.status);
      if (column) this.place(card, column);
      else this.remove(card);
    }
    const lost = document.activeElement === document.body;
    const fresh = this.follow ? document.getElementById(this.follow) : null;
    if (fresh && lost && !fresh.classList.contains("is-saving")) {
      this.follow = "";
      linkOf(fresh)?.focus();
    }
    const next = this.beyond && many<HTMLElement>(this.beyond.list, ".tc-tile")[this.beyond.index];
    if (next) {
      this.beyond = null;
      if (lost) linkOf(next)?.focus();
    }
  }

  // ------------------------------------------------------------------------------------------- what happens elsewhere

  private heard(id: string | undefined): void {
    if (!id || !this.board.isConnected || !document.getElementById(`card-${id}`)) return;
    window.clearTimeout(this.waiting.get(id));
    this.waiting.set(id, window.setTimeout(() => void this.renew(id), PAUSE));
  }

  private isBusy(card: HTMLElement): boolean {
    return card === this.pressed || card.matches(".is-saving, .is-lifted") || card.querySelector(":popover-open") !== null;
  }

  // A card that somebody holds, or that is on its way, is left alone until it stands again.
  private async renew(id: string): Promise<void> {
    this.waiting.delete(id);
    const old = document.getElementById(`card-${id}`);
    if (!old) return;
    if (this.isBusy(old)) {
      this.waiting.set(id, window.setTimeout(() => void this.renew(id), PAUSE * 5));
      return;
    }
    const answer = await fetch(`/board/cards/${old.dataset.card}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    const text = answer?.ok ? await answer.text() : "";
    const card = document.getElementById(`card-${id}`);
    if (!card || this.isBusy(card) || !answer || !(answer.ok || answer.status === 404)) return;
    const template = document.createElement("template");
    template.innerHTML = text;
    const fresh = template.content.querySelector<HTMLElement>(".tc-tile");
    const held = card.contains(document.activeElement);
    if (!fresh) return this.remove(card);
    fresh.classList.add("is-tinted");
    card.replaceWith(fresh);
    htmx.process(fresh);
    this.settle();
    if (held) linkOf(fresh)?.focus({ preventScroll: true });
  }

  private noteMore(event: MouseEvent): void {
    const more = event.target instanceof Element ? event.target.closest(".tc-col-more") : null;
    const list = more?.closest("[data-list]");
    if (list) this.beyond = { list, index: many(list, ".tc-tile").length };
  }

  // ------------------------------------------------------------------------------------------------ sending a move

  private send(card: HTMLElement, column: HTMLElement): void {
    const button = many<HTMLButtonElement>(card, ".tc-menu button[name=status]").find((one) => one.value === column.dataset.column);
    button?.form?.requestSubmit(button);
  }

  private sent(event: SubmitEvent): void {
    const card = event.target instanceof Element ? event.target.closest<HTMLElement>(".tc-tile") : null;
    if (!card || !(event.submitter instanceof HTMLButtonElement)) return;
    const menu = card.querySelector<HTMLElement>("[popover]");
    if (menu?.matches(":popover-open")) menu.hidePopover();
    menu?.removeAttribute("style"); // htmx would set it anew on the card that comes, which the security policy forbids
    this.clearNotes();
    this.follow = card.id;
    card.classList.add("is-saving");
    const column = this.column(event.submitter.value);
    if (column) this.place(card, column);
  }

  // Without an answer that draws it anew, a card goes back to where it was.
  private answered(event: Event): void {
    const card = event.target instanceof Element ? event.target.closest<HTMLElement>(".tc-tile.is-saving") : null;
    if (!card) return;
    window.setTimeout(() => {
      if (!card.isConnected) return;
      card.classList.remove("is-saving");
      this.settle();
    }, 50);
  }

  // --------------------------------------------------------------------------------------------------- lifting, any way

  private take(card: HTMLElement): void {
    this.clearNotes();
    this.lift = { card, over: columnOf(card), ghost: null, dx: 0, dy: 0 };
    card.classList.add("is-lifted");
    this.board.classList.add("is-lifting");
    for (const column of this.columns) column.classList.toggle("is-closed", column !== this.lift.over && !this.allows(card, column));
  }

  private hover(column: HTMLElement | null): void {
    const lift = this.lift;
    if (!lift || column === lift.over) return;
    lift.over?.classList.remove("is-over", "is-refusing");
    this.clearNotes();
    lift.over = column;
    if (!column || column === columnOf(lift.card)) return;
    const allowed = this.allows(lift.card, column);
    column.classList.add(allowed ? "is-over" : "is-refusing");
    const name = this.word("over", { column: column.dataset.name ?? "", count: column.querySelector("[data-cards]")?.textContent ?? "" });
    const why = allowed ? "" : this.why(lift.card, column);
    if (!allowed) this.note(column, why);
    this.say(allowed ? name : `${name}. ${why}`);
  }

  private leave(): Lift | null {
    const lift = this.lift;
    if (!lift) return null;
    this.lift = null;
    lift.ghost?.remove();
    lift.card.classList.remove("is-lifted", "is-gone");
    this.board.classList.remove("is-lifting");
    for (const column of this.columns) column.classList.remove("is-over", "is-refusing", "is-closed");
    return lift;
  }

  private cancel(): void {
    const lift = this.leave();
    this.clearNotes();
    if (lift) this.say(this.word("back", { reference: lift.card.dataset.card ?? "" }));
  }

  private drop(): void {
    const lift = this.leave();
    if (!lift?.over || lift.over === columnOf(lift.card)) return;
    if (this.allows(lift.card, lift.over)) this.send(lift.card, lift.over);
  }

  private leaveSoon(): void {
    window.setTimeout(() => {
      if (this.lift && !this.lift.ghost && !this.lift.card.contains(document.activeElement)) this.cancel();
    });
  }

  // --------------------------------------------------------------------------------------------------------- keyboard

  private key(event: KeyboardEvent): void {
    const link = event.target instanceof Element ? event.target.closest(".tc-tile-title a") : null;
    const card = link?.closest<HTMLElement>(".tc-tile");
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.lift ? this.carry(event.key) : this.walk(card, event.key)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private carry(key: string): boolean {
    const step = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
    if (key === " " || key === "Enter") this.drop();
    else if (key === "Escape") this.cancel();
    else if (step) {
      const columns = this.columns;
      const at = this.lift?.over ? columns.indexOf(this.lift.over) : 0;
      const next = columns[Math.min(columns.length - 1, Math.max(0, at + step))];
      if (next) {
        this.hover(next);
        next.scrollIntoView({ inline: "nearest", block: "nearest" });
      }
    } else return key === "ArrowUp" || key === "ArrowDown";
    return true;
  }

  private walk(card: HTMLElement, key: string): boolean {
    if (key === " ") {
      this.take(card);
      this.say(this.word("lifted", { reference: card.dataset.card ?? "" }));
      return true;
    }
    const column = columnOf(card);
    if (!column) return false;
    const row = cardsOf(column).indexOf(card);
    const down = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
    const across = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
    if (!down && !across) return false;
    const at = this.columns.indexOf(column);
    const reach = across ? (across > 0 ? this.columns.slice(at + 1) : this.columns.slice(0, at).reverse()) : [column];
    const goal = reach.find((one) => cardsOf(one).length > 0);
    const cards = goal ? cardsOf(goal) : [];
    const next = cards[down ? row + down : Math.min(row, cards.length - 1)];
    if (next) linkOf(next)?.focus();
    return true;
  }

  // ---------------------------------------------------------------------------------------------------------- pointer

  private down(event: PointerEvent): void {
    const target = event.target instanceof Element ? event.target : null;
    const card = target?.closest<HTMLElement>(".tc-tile");
    if (!card || event.button !== 0 || target?.closest("button, .tc-menu") || card.classList.contains("is-saving")) return;
    const begun = { x: event.clientX, y: event.clientY };
    const touch = event.pointerType === "touch";
    const over = new AbortController();
    const options = { signal: over.signal };
    const lift = (): void => {
      this.take(card);
      this.raise(card, begun);
      this.fly(begun.x, begun.y);
      requestAnimationFrame(() => this.scroll());
    };
    const timer = touch ? window.setTimeout(lift, HOLD) : 0;
    this.pressed = card;
    const end = (): void => {
      this.pressed = null;
      window.clearTimeout(timer);
      over.abort();
    };
    document.addEventListener("pointermove", (move) => {
      if (move.pointerId !== event.pointerId) return;
      const far = Math.hypot(move.clientX - begun.x, move.clientY - begun.y);
      if (this.lift?.ghost) this.fly(move.clientX, move.clientY);
      else if (touch && far > START * 2) end();
      else if (!touch && far > START) lift();
    }, options);
    document.addEventListener("touchmove", (move) => this.lift?.ghost && move.preventDefault(), { ...options, passive: false });
    document.addEventListener("contextmenu", (menu) => touch && menu.preventDefault(), options);
    document.addEventListener("pointercancel", () => (end(), this.cancel()), options);
    document.addEventListener("keydown", (key) => key.key === "Escape" && (end(), this.cancel()), options);
    document.addEventListener("pointerup", () => {
      end();
      if (!this.lift?.ghost) return;
      document.addEventListener("click", (click) => (click.preventDefault(), click.stopPropagation()), { capture: true, once: true, signal: AbortSignal.timeout(60) });
      this.drop();
    }, options);
  }

  private raise(card: HTMLElement, at: { x: number; y: number }): void {
    const lift = this.lift;
    if (!lift) return;
    const box = card.getBoundingClientRect();
    lift.ghost = ghostOf(card, box.width);
    lift.dx = at.x - box.left;
    lift.dy = at.y - box.top;
    card.classList.add("is-gone");
    document.body.append(lift.ghost);
  }

  private fly(x: number, y: number): void {
    const lift = this.lift;
    if (!lift?.ghost) return;
    lift.ghost.style.transform = `translate(${x - lift.dx}px, ${y - lift.dy}px)`;
    const under = document.elementFromPoint(x, y);
    this.hover(under && this.board.contains(under) ? columnOf(under) : null);
    const box = this.scroller.getBoundingClientRect();
    const near = (at: number, low: number, high: number): number => (at < low + EDGE ? -1 : at > high - EDGE ? 1 : 0);
    this.pull = { x: near(x, box.left, Math.min(box.right, window.innerWidth)), y: near(y, box.top, Math.min(box.bottom, window.innerHeight)) };
  }

  private scroll(): void {
    if (!this.lift?.ghost) return;
    this.scroller.scrollBy(this.pull.x * 12, this.pull.y * 12);
    requestAnimationFrame(() => this.scroll());
  }
}

export function start(root: ParentNode): void {
  each<HTMLElement>(root, "#board", "board", (board) => new Board(board));
}
