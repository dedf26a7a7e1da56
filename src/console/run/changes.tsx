import type { ReactNode } from "react";

import { DiffText } from "../parts/diff.tsx";
import { Section } from "../parts/section.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { Foreign } from "../parts/text.tsx";
import type { Diff, PathDiff } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";

/** What a run changed in the workspace and did not take back. */
export function Changes({ run }: { readonly run: string }): ReactNode {
  const say = useSay();
  const asked = useRest<Diff>("run", ["runs", run, "diff"]);
  return (
    <Section title={say("run.changes")}>
      <Load of={asked}>
        {({ changes }) =>
          changes.length === 0 ? (
            <Empty text={say("run.changes.none")} />
          ) : (
            changes.map((change) => <Change key={change.path} change={change} />)
          )
        }
      </Load>
    </Section>
  );
}

const SIGNS = { created: "+", changed: "~", deleted: "−", moved: "→" } as const;

function Change({ change: { kind, path, movedFrom, diff } }: { readonly change: PathDiff }): ReactNode {
  const say = useSay();
  const title = (
    <>
      <span className={`sign ${kind}`} aria-hidden="true">
        {SIGNS[kind]}
      </span>
      <span className="kind">{say(`change.${kind}`)}</span>
      <span className="path">
        <Foreign text={path} />
      </span>
      {movedFrom !== null && (
        <span className="soft">
          <Foreign text={say("change.from", { path: movedFrom })} />
        </span>
      )}
    </>
  );
  if (diff === null || !diff.includes("@@")) return <div className="change">{title}</div>;
  return (
    <details className="change" open={kind !== "moved"}>
      <summary>{title}</summary>
      <DiffText text={diff} label={path} />
    </details>
  );
}
