/** Runs that clients called off. */
export type CalledOff = {
  /** Takes one back, unless it is this server that leaves its clients: their runs are left to the next start. */
  readonly take: (back: () => Promise<unknown>) => void;
  readonly leave: () => void;
  /** Resolves when all of them are taken back, or after so long. */
  readonly settled: (withinMs: number) => Promise<void>;
};

export function trackCalledOff(): CalledOff {
  const underWay = new Set<Promise<unknown>>();
  let isLeaving = false;
  return {
    take(back) {
      if (isLeaving) return;
      // It has ended by itself meanwhile, or recovery finds it.
      const taking = back().catch(() => {});
      underWay.add(taking);
      void taking.finally(() => underWay.delete(taking));
    },
    leave: () => void (isLeaving = true),
    async settled(withinMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
      await Promise.race([Promise.all(underWay), late]);
      clearTimeout(timer);
    },
  };
}
