import type { ReactNode } from "react";

import { replaceQuery, useAddress } from "../address.ts";
import { Heading } from "../parts/section.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import type { RunList } from "../rest/operations.ts";
import { useRestPages } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { RunTable } from "./run-table.tsx";

const FILTERS = ["all", "open", "running", "paused", "completed", "failed", "rolled_back"] as const;
type Filter = (typeof FILTERS)[number];

export function RunsView(): ReactNode {
  const say = useSay();
  const given = useAddress().query.get("status");
  const filter: Filter = FILTERS.find((each) => each === given) ?? "all";
  return (
    <>
      <Heading title={say("runs.title")} />
      <fieldset className="filters">
        <legend className="unseen">{say("runs.filter")}</legend>
        {FILTERS.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="status"
              checked={filter === each}
              onChange={() => replaceQuery(["runs"], each === "all" ? {} : { status: each })}
            />
            <span>
              {each === "all" || each === "open" ? say(`runs.filter.${each}`) : say(`status.${each}`)}
            </span>
          </label>
        ))}
      </fieldset>
      <Runs filter={filter} />
    </>
  );
}

function Runs({ filter }: { readonly filter: Filter }): ReactNode {
  const say = useSay();
  const query = filter === "all" ? {} : filter === "open" ? { open: true } : { status: filter };
  const pages = useRestPages<RunList>("runs", ["runs"], { ...query, limit: 50 }, "cursor");
  if (pages.data === undefined)
    return pages.error === null ? (
      <Loading />
    ) : (
      <Failed error={pages.error} onRetry={() => void pages.refetch()} />
    );
  const runs = pages.data.pages.flatMap((page) => page.runs);
  if (runs.length === 0)
    return filter === "all" ? (
      <Empty text={say("runs.empty")} hint={say("runs.empty.hint")} />
    ) : (
      <Empty text={say("runs.none")} />
    );
  return (
    <>
      <RunTable runs={runs} />
      {pages.hasNextPage && (
        <button type="button" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {say("state.more")}
        </button>
      )}
    </>
  );
}
