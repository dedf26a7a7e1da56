import { type ReactNode, useState } from "react";

import { OrderDialog } from "../parts/dialog.tsx";
import { Failed } from "../parts/states.tsx";
import type { Approval } from "../rest/operations.ts";
import { useMay } from "../rest/use-may.ts";
import { useOrder } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";

type Verdict = { readonly verb: "approve" | "reject"; readonly reason: string };

/** The answer to what is shown above: it names the digest of exactly that. */
export function Answer({ approval }: { readonly approval: Approval }): ReactNode {
  const { state } = approval;
  return state === "open" ? <OpenAnswer approval={approval} /> : <Revoke approval={approval} />;
}

function OpenAnswer({ approval: { id, digest, mayAnswer } }: { readonly approval: Approval }): ReactNode {
  const say = useSay();
  const [reason, setReason] = useState("");
  const order = useOrder<Approval, Verdict>(
    ["approvals", "runs", "run"],
    ({ verb }) => ["approvals", id, verb],
    (body) => ({ digest, reason: body.reason }),
  );
  const answer = (verb: Verdict["verb"]): void => order.mutate({ verb, reason: reason.trim() });
  const isReady = reason.trim() !== "" && !order.isPending;
  return (
    <div className="answer">
      {mayAnswer.why !== null && (
        <p className="note">
          <strong>{say("approvals.not")}</strong> {mayAnswer.why}
        </p>
      )}
      <label className="field">
        <span>{say("dialog.reason")}</span>
        <textarea
          rows={2}
          maxLength={2000}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <small>{say("dialog.reason.hint")}</small>
      </label>
      {order.error !== null && <Failed error={order.error} />}
      <div className="buttons start">
        <button
          type="button"
          className="primary"
          disabled={!isReady || !mayAnswer.approve}
          onClick={() => answer("approve")}
        >
          {say("approvals.approve")}
        </button>
        <button type="button" disabled={!isReady || !mayAnswer.reject} onClick={() => answer("reject")}>
          {say("approvals.reject")}
        </button>
      </div>
    </div>
  );
}

function Revoke({ approval: { id } }: { readonly approval: Approval }): ReactNode {
  const say = useSay();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const order = useOrder<Approval, { readonly reason: string }>(["approvals", "runs", "run"], () => [
    "approvals",
    id,
    "revoke",
  ]);
  if (!may("approver")) return null;
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {say("approvals.revoke")}
      </button>
      {isOpen && (
        <OrderDialog
          title={say("approvals.revoke")}
          lead={say("approvals.revoke.lead")}
          confirm={say("approvals.revoke")}
          isDangerous
          order={(reason) => order.mutateAsync({ reason })}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
