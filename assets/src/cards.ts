// The parts of a board: its columns, its cards, and what flies while a card is carried.

export const many = <E extends Element>(root: ParentNode, selector: string): E[] => Array.from(root.querySelectorAll<E>(selector));
export const columnOf = (element: Element): HTMLElement | null => element.closest<HTMLElement>(".tc-col");
export const linkOf = (card: Element): HTMLElement | null => card.querySelector<HTMLElement>(".tc-tile-title a");
export const cardsOf = (column: Element): HTMLElement[] => many(column, "[data-list] > .tc-tile");

// What flies under the pointer: the card's looks, without anything of its own that could be found or pressed.
export function ghostOf(card: HTMLElement, width: number): HTMLElement {
  const ghost = card.cloneNode(true) as HTMLElement;
  for (const part of many(ghost, "[popover], .tc-tile-more")) part.remove();
  for (const part of [ghost, ...many(ghost, "[id]")]) part.removeAttribute("id");
  ghost.classList.add("is-flying");
  ghost.setAttribute("aria-hidden", "true");
  ghost.inert = true;
  ghost.style.width = `${width}px`;
  return ghost;
}
