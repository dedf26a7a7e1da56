/** An immutable stack: pushing costs the same however high it is. `null` is the empty one. */
export type Stack<Item> = { readonly top: Item; readonly below: Stack<Item> } | null;

export function push<Item>(stack: Stack<Item>, top: Item): Stack<Item> {
  return { top, below: stack };
}

/** The stack without the topmost item that fits, and that item; `undefined` where none fits. */
export function take<Item>(
  stack: Stack<Item>,
  fits: (item: Item) => boolean,
): { readonly item: Item; readonly rest: Stack<Item> } | undefined {
  const above: Item[] = [];
  for (let part = stack; part !== null; part = part.below) {
    if (fits(part.top)) return { item: part.top, rest: above.reduceRight<Stack<Item>>(push, part.below) };
    above.push(part.top);
  }
  return undefined;
}

/** Every item, the topmost first. */
export function itemsOf<Item>(stack: Stack<Item>): Item[] {
  const items: Item[] = [];
  for (let part = stack; part !== null; part = part.below) items.push(part.top);
  return items;
}
