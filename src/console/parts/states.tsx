import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { Refused } from "../rest/client.ts";
import { useSay } from "../words/use-words.ts";

/** What was asked for, or how it stands with that: on its way, refused, unreachable. */
export function Load<Data>({
  of,
  children,
}: {
  readonly of: Pick<UseQueryResult<Data, Error>, "data" | "error" | "refetch">;
  readonly children: (data: Data) => ReactNode;
}): ReactNode {
  if (of.data !== undefined) return children(of.data);
  if (of.error !== null) return <Failed error={of.error} onRetry={() => void of.refetch()} />;
  return <Loading />;
}

export function Loading(): ReactNode {
  const say = useSay();
  return (
    <div className="loading" role="status">
      <span className="bar" />
      <span className="bar" />
      <span className="bar" />
      <span className="unseen">{say("state.loading")}</span>
    </div>
  );
}

/** Why something could not be shown or done, in the words of the server. */
export function Failed({
  error,
  onRetry,
}: {
  readonly error: Error;
  readonly onRetry?: () => void;
}): ReactNode {
  const say = useSay();
  const problem = error instanceof Refused ? error.problem : null;
  const isUnreachable = error instanceof Refused && problem === null && error.message === "unreachable";
  return (
    <div className="refusal" role="alert">
      <p>
        {problem !== null && <code>{problem.code}</code>}{" "}
        {isUnreachable ? say("state.unreachable") : error.message}
      </p>
      <p className="soft">{isUnreachable ? say("state.unreachable.hint") : problem?.hint}</p>
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          {say("state.retry")}
        </button>
      )}
    </div>
  );
}

/** Nothing is there, and what makes that something be there. */
export function Empty({ text, hint }: { readonly text: string; readonly hint?: string }): ReactNode {
  return (
    <div className="empty">
      <svg viewBox="0 0 48 20" width="48" height="20" aria-hidden="true">
        <path d="M1 10h12M35 10h12" className="stroke faint" />
        <circle cx="24" cy="10" r="6" className="stroke dashed" />
      </svg>
      <p>{text}</p>
      {hint !== undefined && <p className="soft">{ticked(hint)}</p>}
    </div>
  );
}

/** A text in which backticks mark what is typed. */
export function ticked(text: string): ReactNode {
  return text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
