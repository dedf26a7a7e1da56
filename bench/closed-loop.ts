/** One finished run of a closed loop: how long it took, and what came of it. */
export type Sample<Value> = { readonly index: number; readonly ms: number } & (
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: string }
);

export type LoopOptions = { readonly total: number; readonly concurrency: number };

/** Keeps `concurrency` runs in flight until `total` have ended. A run that throws is a sample, not an error. */
export async function runClosedLoop<Value>(
  { total, concurrency }: LoopOptions,
  runOne: (index: number) => Promise<Value>,
): Promise<{ readonly samples: readonly Sample<Value>[]; readonly elapsedMs: number }> {
  const samples: Sample<Value>[] = [];
  let next = 0;
  const work = async () => {
    while (next < total) samples.push(await measure(next++, runOne));
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: Math.min(concurrency, total) }, work));
  return { samples, elapsedMs: performance.now() - startedAt };
}

async function measure<Value>(
  index: number,
  runOne: (index: number) => Promise<Value>,
): Promise<Sample<Value>> {
  const startedAt = performance.now();
  try {
    const value = await runOne(index);
    return { index, ms: performance.now() - startedAt, ok: true, value };
  } catch (error) {
    return {
      index,
      ms: performance.now() - startedAt,
      ok: false,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}
