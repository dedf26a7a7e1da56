import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { Section } from "../parts/section.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { Foreign } from "../parts/text.tsx";
import { Clock } from "../parts/time.tsx";
import type { Entries, Entry } from "../rest/operations.ts";
import { useRestPages } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { describeEntry, toneOfEntry } from "./describe-entry.ts";

/** The entries that the ledger has of a run, in order. */
export function Timeline({ run }: { readonly run: string }): ReactNode {
  const say = useSay();
  const pages = useRestPages<Entries>("run", ["runs", run, "entries"], { limit: 200 }, "after");
  return (
    <Section title={say("run.timeline")} className="timeline">
      {pages.error !== null && <Failed error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.data === undefined && pages.error === null && <Loading />}
      <ol className="entries">
        {pages.data?.pages.flatMap(({ entries }) =>
          entries.map((entry) => <Row key={entry.seq} entry={entry} />),
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

function Row({ entry }: { readonly entry: Entry }): ReactNode {
  const detail = describeEntry(entry);
  return (
    <li className={`entry ${toneOfEntry(entry.type)}`}>
      <a className="seq" href={linkTo(["ledger", String(entry.seq)])}>
        {entry.seq}
      </a>
      <div>
        <p>
          <span className="type">{entry.type}</span>{" "}
          {entry.step !== undefined && (
            <span className="of">
              <Foreign text={entry.step} />
            </span>
          )}
        </p>
        {detail !== "" && (
          <p className="soft line">
            <Foreign text={detail} />
          </p>
        )}
        <Clock at={entry.at} />
      </div>
    </li>
  );
}
