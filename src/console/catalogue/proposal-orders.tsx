import { type ReactNode, useState } from "react";

import { OrderDialog } from "../parts/dialog.tsx";
import { ReasonedOrder } from "../parts/reasoned-order.tsx";
import type { Risk } from "../rest/operations.ts";
import { useMay } from "../rest/use-may.ts";
import { useOrder } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";

const RISKS: readonly Risk[] = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];

/** Review, approve, reject; whether this person may, the chain says. */
export function ProposalOrders({ id, risk }: { readonly id: string; readonly risk: Risk }): ReactNode {
  const say = useSay();
  const may = useMay();
  return (
    <div className="buttons start">
      {may("reviewer") && <Review id={id} risk={risk} />}
      {may("approver") &&
        (["approve", "reject"] as const).map((verb) => (
          <ReasonedOrder
            key={verb}
            label={say(`proposal.${verb}`)}
            lead={say(`proposal.${verb}.lead`)}
            path={["proposals", id, verb]}
            topics={["chain"]}
            isDangerous={verb === "reject"}
          />
        ))}
    </div>
  );
}

function Review({ id, risk }: { readonly id: string; readonly risk: Risk }): ReactNode {
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  const [wanted, setWanted] = useState(risk);
  const order = useOrder<unknown, { readonly risk: Risk; readonly reason: string }>(["chain"], () => [
    "proposals",
    id,
    "review",
  ]);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {say("proposal.review")}
      </button>
      {isOpen && (
        <OrderDialog
          title={say("proposal.review")}
          lead={say("proposal.review.lead")}
          confirm={say("proposal.review")}
          order={(reason) => order.mutateAsync({ risk: wanted, reason })}
          onClose={() => setOpen(false)}
        >
          <fieldset>
            <legend>{say("risk.label")}</legend>
            {RISKS.map((each) => (
              <label key={each} className="choice">
                <input type="radio" name="risk" checked={wanted === each} onChange={() => setWanted(each)} />
                {say(`risk.${each}`)}
              </label>
            ))}
          </fieldset>
        </OrderDialog>
      )}
    </>
  );
}
