import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { Foreign } from "../parts/text.tsx";
import { Clock, durationOf } from "../parts/time.tsx";
import type { Entry } from "../rest/operations.ts";
import { describeEntry, toneOfEntry } from "./describe-entry.ts";

/** One entry beside its number in the margin; the knot on the rule is filled where this browser has verified it. */
export function EntryRow({
  entry,
  since,
  isVerified = false,
  withRun = false,
}: {
  readonly entry: Entry;
  /** Times are told from here on. */
  readonly since?: string | undefined;
  readonly isVerified?: boolean;
  readonly withRun?: boolean;
}): ReactNode {
  const { seq, at, type, step, run } = entry;
  const detail = describeEntry(entry);
  return (
    <li className={`entry ${toneOfEntry(type)}${isVerified ? " verified" : ""}`}>
      <a className="seq" href={linkTo(["ledger", String(seq)])}>
        {seq}
      </a>
      <div>
        <p className="between">
          <span>
            <span className="type">{type}</span>{" "}
            {step !== undefined && (
              <span className="of">
                <Foreign text={step} />
              </span>
            )}
          </span>
          {since === undefined ? (
            <Clock at={at} />
          ) : (
            <time className="mono" dateTime={at} title={at}>
              +{durationOf(Date.parse(at) - Date.parse(since))}
            </time>
          )}
        </p>
        {(detail !== "" || withRun) && (
          <p className="soft line">
            {withRun && run !== undefined && (
              <>
                <a className="mono" href={linkTo(["runs", run])}>
                  {run.slice(0, 13)}
                </a>{" "}
              </>
            )}
            <Foreign text={detail} />
          </p>
        )}
      </div>
    </li>
  );
}
