import type { ReactNode } from "react";

import { Section } from "../parts/section.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import type { Entries } from "../rest/operations.ts";
import { useRestPages } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { EntryRow } from "./entry-row.tsx";

/** The entries that the ledger has of a run, in order. */
export function Timeline({ run, since }: { readonly run: string; readonly since: string }): ReactNode {
  const say = useSay();
  const pages = useRestPages<Entries>("run", ["runs", run, "entries"], { limit: 200 }, "after");
  return (
    <Section title={say("run.timeline")} className="timeline">
      {pages.error !== null && <Failed error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.data === undefined && pages.error === null && <Loading />}
      <ol className="entries">
        {pages.data?.pages.flatMap(({ entries }) =>
          entries.map((entry) => <EntryRow key={entry.seq} entry={entry} since={since} />),
        )}
      </ol>
      {pages.hasNextPage && (
        <button type="button" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {say("state.more")}
        </button>
      )}
    </Section>
  );
}
