// A turn may be a long one, where much is computed and nothing waited for.
const MAX_AGE_MS = 10;

/**
 * Asks once for all that happens in one turn of the event loop. What somebody else has changed meanwhile, this process
 * can be told of in a later turn only: then it asks again.
 */
export function oncePerTurn<Value>(ask: () => Value): () => Value {
  let known: { readonly value: Value; readonly at: number } | undefined;
  const forget = () => {
    known = undefined;
  };
  return () => {
    if (known !== undefined && performance.now() - known.at <= MAX_AGE_MS) return known.value;
    const at = performance.now();
    known = { value: ask(), at };
    // Runs when everything that is resolved already has been gone on with.
    process.nextTick(forget);
    return known.value;
  };
}
