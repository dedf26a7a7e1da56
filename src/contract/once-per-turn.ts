// A turn may be a long one, where much is computed and nothing waited for.
const MAX_AGE_MS = 10;

let turn = 0;
let isCounted = false;

/** The number of the present turn of the event loop, as far as anybody asked. */
function presentTurn(): number {
  // Runs when everything that is resolved already has been gone on with.
  if (!isCounted) process.nextTick(endTurn);
  isCounted = true;
  return turn;
}

function endTurn(): void {
  turn += 1;
  isCounted = false;
}

/** As `performance.now` tells it; but that loads a dozen modules of Node, which a short command would wait for. */
function uptimeMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1_000_000;
}

/**
 * Asks once for all that happens in one turn of the event loop. What somebody else has changed meanwhile, this process
 * can be told of in a later turn only: then it asks again.
 */
export function oncePerTurn<Value>(ask: () => Value): () => Value {
  let known: { readonly value: Value; readonly turn: number; readonly at: number } | undefined;
  return () => {
    const present = presentTurn();
    const at = uptimeMs();
    if (known?.turn === present && at - known.at <= MAX_AGE_MS) return known.value;
    known = { value: ask(), turn: present, at };
    return known.value;
  };
}
