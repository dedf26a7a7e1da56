import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { Foreign } from "../parts/text.tsx";
import type { Run } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";

/** What somebody has to know about how it stands: what it waits for, why it failed, what was taken back. */
export function Outcome({ run }: { readonly run: Run }): ReactNode {
  const say = useSay();
  const { waiting, failure, rollback, reason } = run;
  return (
    <>
      {waiting.length > 0 && (
        <div className="note wait">
          <p>
            <strong>{say("run.asks")}</strong>{" "}
            <a href={linkTo(["approvals"], { run: run.run })}>{say("run.asks.look")}</a>
          </p>
        </div>
      )}
      {failure !== null && (
        <div className="note bad">
          <p>
            <strong>{say("run.failure")}</strong> <code>{failure.code}</code>
          </p>
          <p>
            <Foreign text={failure.message} />
          </p>
          <p className="soft">{failure.hint}</p>
        </div>
      )}
      {rollback !== null && (
        <div className={rollback.notRestored.length > 0 ? "note bad" : "note undone"}>
          <p>
            <strong>{say("run.rollback")}</strong> <Foreign text={rollback.reason} />
          </p>
          <Paths title={say("run.restored")} paths={rollback.restored} />
          <Paths title={say("run.notrestored")} paths={rollback.notRestored} />
        </div>
      )}
      {failure === null && rollback === null && reason !== null && (
        <div className="note">
          <p>
            <Foreign text={reason} />
          </p>
        </div>
      )}
    </>
  );
}

function Paths({ title, paths }: { readonly title: string; readonly paths: readonly string[] }): ReactNode {
  if (paths.length === 0) return null;
  return (
    <p>
      <span className="soft">{title}</span>{" "}
      {paths.map((path) => (
        <code key={path} className="path">
          <Foreign text={path} />
        </code>
      ))}
    </p>
  );
}
