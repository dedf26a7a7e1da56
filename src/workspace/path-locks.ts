import { RuntimeError } from "../contract/errors.ts";

type Waiter = {
  readonly owner: string;
  readonly paths: readonly string[];
  readonly grant: () => void;
  readonly stopTimer: () => void;
};

/**
 * Exclusive locks on paths, where a path overlaps with those above and below it. An owner may hold any number and
 * lock a path again. Waiting is first come, first served, bounded in time, and a wait that would close a circle of
 * owners is refused at once.
 */
export class PathLocks {
  readonly #held = new Map<string, string>();
  /** Who holds paths below a path. */
  readonly #below = new Map<string, Set<string>>();
  readonly #ofOwner = new Map<string, Set<string>>();
  #waiting: Waiter[] = [];
  readonly #maxWaitMs: number;

  constructor(maxWaitMs: number) {
    this.#maxWaitMs = maxWaitMs;
  }

  /**
   * Resolves when `owner` holds all the paths.
   *
   * @throws LEASE_CONFLICT on deadlock or when the time is over; nothing is held then that was not before.
   */
  async acquire(owner: string, paths: readonly string[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const blockers = this.#blockers(owner, paths, this.#waiting);
    if (blockers.size === 0) return this.#take(owner, paths);
    if (this.#closesCircle(owner, blockers))
      throw new RuntimeError(
        "LEASE_CONFLICT",
        `Run ${owner} and another one wait for each other at ${list(paths)}.`,
        {
          details: { paths, holders: [...blockers], deadlock: true },
        },
      );
    await new Promise<void>((resolve, reject) => {
      const leave = (error: RuntimeError) => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        waiter.stopTimer();
        signal?.removeEventListener("abort", onAbort);
        reject(error);
        this.#grantWaiting();
      };
      const onAbort = () => leave(new RuntimeError("CANCELLED", `Waiting for ${list(paths)} was cancelled.`));
      const timer = setTimeout(
        () =>
          leave(
            new RuntimeError("LEASE_CONFLICT", `${list(paths)} stayed locked for ${this.#maxWaitMs} ms.`, {
              details: { paths },
            }),
          ),
        this.#maxWaitMs,
      );
      const waiter: Waiter = {
        owner,
        paths,
        grant: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
        stopTimer: () => clearTimeout(timer),
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** Gives back everything that an owner holds. */
  releaseAll(owner: string): void {
    for (const path of this.heldBy(owner)) {
      this.#held.delete(path);
      for (const above of ancestors(path)) {
        const owners = this.#below.get(above);
        owners?.delete(owner);
        if (owners?.size === 0) this.#below.delete(above);
      }
    }
    this.#ofOwner.delete(owner);
    this.#grantWaiting();
  }

  heldBy(owner: string): string[] {
    return [...(this.#ofOwner.get(owner) ?? [])];
  }

  #take(owner: string, paths: readonly string[]): void {
    for (const path of paths) {
      if (this.#held.has(path)) continue;
      this.#held.set(path, owner);
      for (const above of ancestors(path)) {
        const owners = this.#below.get(above) ?? new Set<string>();
        this.#below.set(above, owners.add(owner));
      }
      const own = this.#ofOwner.get(owner) ?? new Set<string>();
      this.#ofOwner.set(owner, own.add(path));
    }
  }

  #blockers(owner: string, paths: readonly string[], ahead: readonly Waiter[]): Set<string> {
    const found = new Set<string>();
    for (const path of paths) {
      for (const candidate of [path, ...ancestors(path)]) {
        const holder = this.#held.get(candidate);
        if (holder !== undefined && holder !== owner) found.add(holder);
      }
      for (const below of this.#below.get(path) ?? []) if (below !== owner) found.add(below);
    }
    // An earlier waiter goes first, or a stream of small requests would starve a large one; but who already holds
    // something is let through, because the earlier waiter may be waiting for that very owner.
    if (found.size === 0 && !this.#ofOwner.has(owner))
      for (const waiter of ahead)
        if (waiter.owner !== owner && overlap(waiter.paths, paths)) found.add(waiter.owner);
    return found;
  }

  #closesCircle(owner: string, blockers: ReadonlySet<string>): boolean {
    const seen = new Set<string>();
    const open = [...blockers];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === owner) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      for (const waiter of this.#waiting)
        if (waiter.owner === next) open.push(...this.#blockers(next, waiter.paths, []));
    }
    return false;
  }

  #grantWaiting(): void {
    for (let index = 0; index < this.#waiting.length;) {
      const waiter = this.#waiting[index];
      if (
        waiter === undefined ||
        this.#blockers(waiter.owner, waiter.paths, this.#waiting.slice(0, index)).size > 0
      ) {
        index++;
        continue;
      }
      this.#waiting.splice(index, 1);
      this.#take(waiter.owner, waiter.paths);
      waiter.stopTimer();
      waiter.grant();
    }
  }
}

/** Every path above: `a/b/c` → `a/b`, `a`. */
function ancestors(path: string): string[] {
  const found: string[] = [];
  for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1))
    found.push(path.slice(0, cut));
  return found;
}

function overlap(left: readonly string[], right: readonly string[]): boolean {
  return left.some((a) => right.some((b) => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)));
}

function list(paths: readonly string[]): string {
  return paths.length > 3 ? `${paths.slice(0, 3).join(", ")} and ${paths.length - 3} more` : paths.join(", ");
}
