import type { ReactNode } from "react";

import type { Planned } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";
import { DiffText } from "./diff.tsx";
import { Foreign } from "./text.tsx";

const SIGNS: Readonly<Record<Planned["kind"], readonly [sign: string, look: string]>> = {
  create: ["+", "created"],
  change: ["~", "changed"],
  delete: ["−", "deleted"],
  "make-dir": ["+", "created"],
  request: ["↗", "moved"],
  "start-process": ["▸", "moved"],
};

/** What something would change, with the lines of texts. */
export function PlannedChanges({ changes }: { readonly changes: readonly Planned[] }): ReactNode {
  return changes.map((change, index) => <PlannedChange key={index} change={change} />);
}

function PlannedChange({ change: { kind, target, diff, bytes } }: { readonly change: Planned }): ReactNode {
  const say = useSay();
  const [sign, look] = SIGNS[kind];
  const title = (
    <>
      <span className={`sign ${look}`} aria-hidden="true">
        {sign}
      </span>
      <span className="kind">{say(`planned.${kind}`)}</span>
      <span className="path">
        <Foreign text={target} />
      </span>
      {bytes !== null && (
        <span className="soft mono">
          {say.number(bytes.before ?? 0)} → {say.number(bytes.after ?? 0)} B
        </span>
      )}
    </>
  );
  if (diff === null || !diff.includes("@@")) return <div className="change">{title}</div>;
  return (
    <details className="change" open>
      <summary>{title}</summary>
      <DiffText text={diff} label={target} />
    </details>
  );
}
