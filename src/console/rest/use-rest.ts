import {
  type InfiniteData,
  QueryClient,
  useInfiniteQuery,
  type UseInfiniteQueryResult,
  useMutation,
  type UseMutationResult,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";

import { get, pathOf, post, type Query, Refused } from "./client.ts";
import type { StreamedEntry } from "./events.ts";

/** The first part of a key: what an entry of the ledger, or an action, makes out of date. */
export type Topic =
  | "runs"
  | "run"
  | "approvals"
  | "ledger"
  | "files"
  | "memory"
  | "chain"
  | "panics"
  | "policies"
  | "service";

export function createClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < 2 && error instanceof Refused && (error.problem?.retryable ?? true),
      },
    },
  });
}

type Parts = readonly (string | number)[];

/** What an operation answers; it is asked again when its topic is out of date. */
export function useRest<Result>(
  topic: Topic,
  parts: Parts,
  query: Query = {},
  options: { readonly enabled?: boolean; readonly everyMs?: number } = {},
): UseQueryResult<Result, Error> {
  return useQuery<Result>({
    queryKey: keyOf(topic, parts, query),
    queryFn: ({ signal }) => get<Result>(pathOf(parts, query), signal),
    enabled: options.enabled ?? true,
    refetchInterval: options.everyMs ?? false,
  });
}

/** Pages of a list, each from where the one before says. */
export function useRestPages<Page extends { readonly next: string | number | null }>(
  topic: Topic,
  parts: Parts,
  query: Query,
  cursor: "cursor" | "before" | "after",
): UseInfiniteQueryResult<InfiniteData<Page>, Error> {
  return useInfiniteQuery<Page, Error, InfiniteData<Page>, readonly unknown[], string | number | null>({
    queryKey: keyOf(topic, parts, query),
    queryFn: ({ signal, pageParam }) =>
      get<Page>(pathOf(parts, { ...query, ...(pageParam === null ? {} : { [cursor]: pageParam }) }), signal),
    initialPageParam: null,
    getNextPageParam: ({ next }) => next,
  });
}

/** An order: what it is about is asked again afterwards. */
export function useOrder<Result = unknown, Body = unknown>(
  topics: readonly Topic[],
  parts: (body: Body) => Parts,
  bodyOf: (body: Body) => unknown = (body) => body,
): UseMutationResult<Result, Error, Body> {
  const client = useQueryClient();
  return useMutation<Result, Error, Body>({
    mutationFn: (body) => post<Result>(pathOf(parts(body)), bodyOf(body)),
    onSettled: async () => {
      await Promise.all(topics.map((topic) => client.invalidateQueries({ queryKey: [topic] })));
    },
  });
}

function keyOf(topic: Topic, parts: Parts, query: Query): readonly unknown[] {
  // A run's own views are out of date when that run goes on, not when any does.
  const [first, second] = parts;
  return topic === "run" && first === "runs" ? ["run", second, parts, query] : [topic, parts, query];
}

const BATCH_MS = 200;

/** Asks again what entries make out of date: together, and not before what was asked last has come. */
export function createRefresher(client: QueryClient): (entry: StreamedEntry) => void {
  const due = new Map<string, readonly unknown[]>();
  let isUnderWay = false;
  const refresh = async (): Promise<void> => {
    isUnderWay = true;
    while (due.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, BATCH_MS));
      const keys = [...due.values()];
      due.clear();
      await Promise.allSettled(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
    }
    isUnderWay = false;
  };
  return (entry) => {
    for (const key of outdatedBy(entry)) due.set(JSON.stringify(key), key);
    if (!isUnderWay) void refresh();
  };
}

function outdatedBy({ type, run }: StreamedEntry): (readonly unknown[])[] {
  const keys: (readonly unknown[])[] = [["ledger"]];
  if (run === undefined) return keys;
  keys.push(["run", run]);
  if (type.startsWith("run-") || type.startsWith("rollback-") || type.startsWith("undo-"))
    keys.push(["runs"]);
  if (type.startsWith("approval-") || type === "run-paused" || type === "run-resumed")
    keys.push(["approvals"], ["runs"]);
  if (type === "effect-intended" || type === "undo-completed" || type === "step-completed")
    keys.push(["files"]);
  if (/^run-(completed|failed|rolled-back|undone|redone)$|^rollback-incomplete$/.test(type))
    keys.push(["memory"], ["files"], ["approvals"]);
  return keys;
}
