import { type ReactNode, useState } from "react";

import { Heading, Section } from "../parts/section.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import type { Entries } from "../rest/operations.ts";
import { useRestPages } from "../rest/use-rest.ts";
import { EntryRow } from "../run/entry-row.tsx";
import { useSignal } from "../signal.ts";
import { useSay } from "../words/use-words.ts";
import { ENTRY_TYPES } from "./entry-types.ts";
import { verifiedSize } from "./memory-of-browser.ts";
import { Verification } from "./verification.tsx";

/** Everything that happened, the newest first, and whether that is still what was written. */
export function LedgerView(): ReactNode {
  const say = useSay();
  const [type, setType] = useState("");
  return (
    <>
      <Heading title={say("ledger.title")} />
      <Verification />
      <Section
        title={say("overview.entries")}
        aside={
          <select
            className="filter"
            aria-label={say("ledger.type")}
            value={type}
            onChange={(event) => setType(event.target.value)}
          >
            <option value="">{say("ledger.type.all")}</option>
            {ENTRY_TYPES.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        }
      >
        <EntryList type={type} />
      </Section>
    </>
  );
}

function EntryList({ type }: { readonly type: string }): ReactNode {
  const say = useSay();
  const verified = useSignal(verifiedSize);
  const pages = useRestPages<Entries>(
    "ledger",
    ["ledger", "entries"],
    { limit: 100, types: type === "" ? undefined : type },
    "before",
  );
  if (pages.data === undefined)
    return pages.error === null ? (
      <Loading />
    ) : (
      <Failed error={pages.error} onRetry={() => void pages.refetch()} />
    );
  const entries = pages.data.pages.flatMap((page) => page.entries);
  if (entries.length === 0) return <Empty text={say("ledger.none")} />;
  return (
    <>
      <ol className="entries">
        {entries.map((entry) => (
          <EntryRow key={entry.seq} entry={entry} isVerified={entry.seq <= verified} withRun />
        ))}
      </ol>
      {pages.hasNextPage && (
        <button type="button" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {say("state.more")}
        </button>
      )}
    </>
  );
}
