import { type ReactNode, useState } from "react";

import { linkTo } from "../address.ts";
import { OrderDialog } from "../parts/dialog.tsx";
import type { PolicySet } from "../rest/operations.ts";
import { useMay } from "../rest/use-may.ts";
import { useOrder } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";

type Staged = { readonly proposal: string };

/** Proposes a policy set; it decides nothing by that. */
export function StagePolicy({ set }: { readonly set: PolicySet }): ReactNode {
  const say = useSay();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const order = useOrder<Staged, { readonly reason: string }>(
    ["chain", "policies"],
    () => ["policies"],
    ({ reason }) => ({ set, reason }),
  );
  if (!may("operator")) return null;
  if (order.data !== undefined)
    return (
      <span>
        {say("whatif.staged")}{" "}
        <a className="mono" href={linkTo(["catalogue", "proposals", order.data.proposal])}>
          {order.data.proposal.slice(0, 13)}
        </a>
      </span>
    );
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {say("whatif.stage")}
      </button>
      {isOpen && (
        <OrderDialog
          title={say("whatif.stage")}
          lead={say("whatif.stage.lead")}
          confirm={say("whatif.stage")}
          order={(reason) => order.mutateAsync({ reason })}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
