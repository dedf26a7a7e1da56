import { type ReactNode, useState } from "react";

import { OrderDialog } from "../parts/dialog.tsx";
import type { Run, Step } from "../rest/operations.ts";
import { useMay } from "../rest/use-may.ts";
import { useOrder } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";

const ORDERS = ["pause", "resume", "cancel", "rollback", "undo", "redo"] as const;
type OrderName = (typeof ORDERS)[number];
const MODES = ["strict", "merge", "force"] as const;
type Mode = (typeof MODES)[number];

type OrderBody = {
  readonly name: OrderName;
  readonly reason: string;
  readonly mode?: Mode;
  readonly step?: string;
};

/** The orders that a run takes as it is now; each asks for a reason first. */
export function Orders({ run }: { readonly run: Run }): ReactNode {
  const say = useSay();
  const [name, setName] = useState<OrderName | null>(null);
  const may = useMay();
  const offered = may("operator") ? ORDERS.filter((each) => isOffered(each, run)) : [];
  return (
    <div className="orders">
      {offered.map((each) => (
        <button key={each} type="button" onClick={() => setName(each)}>
          {say(`order.${each}`)}
        </button>
      ))}
      {name !== null && <Order key={name} run={run.run} name={name} onClose={() => setName(null)} />}
    </div>
  );
}

/** Takes back one step, and what is in it. */
export function UndoStep({ run, step }: { readonly run: Run; readonly step: Step }): ReactNode {
  const say = useSay();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  if (!may("operator") || step.status !== "completed" || !isOffered("undo", run)) return null;
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {say("order.undo.step")}
      </button>
      {isOpen && <Order run={run.run} name="undo" step={step.step} onClose={() => setOpen(false)} />}
    </>
  );
}

function Order({
  run,
  name,
  step,
  onClose,
}: {
  readonly run: string;
  readonly name: OrderName;
  readonly step?: string;
  readonly onClose: () => void;
}): ReactNode {
  const say = useSay();
  const [mode, setMode] = useState<Mode>("strict");
  const hasMode = name === "undo" || name === "redo";
  const order = useOrder<Run, OrderBody>(
    ["run", "runs", "approvals", "files"],
    (body) => ["runs", run, body.name],
    ({ name: _name, ...body }) => body,
  );
  return (
    <OrderDialog
      title={step === undefined ? say(`order.${name}`) : `${say("order.undo.step")}: ${step}`}
      lead={say(`order.${name}.lead`)}
      confirm={say(`order.${name}`)}
      isDangerous={name === "cancel" || name === "rollback" || mode === "force"}
      order={(reason) =>
        order.mutateAsync({
          name,
          reason,
          ...(hasMode ? { mode } : {}),
          ...(step === undefined ? {} : { step }),
        })
      }
      onClose={onClose}
    >
      {hasMode && (
        <fieldset>
          <legend>{say("order.mode")}</legend>
          {MODES.map((each) => (
            <label key={each} className="choice">
              <input type="radio" name="mode" checked={mode === each} onChange={() => setMode(each)} />
              {say(`order.mode.${each}`)}
            </label>
          ))}
        </fieldset>
      )}
    </OrderDialog>
  );
}

/** The server has the last word; what it would refuse for sure is not offered. */
function isOffered(name: OrderName, { status, undoable, failure }: Run): boolean {
  switch (name) {
    case "pause":
      return status === "running" || status === "pending";
    case "resume":
      return status === "paused";
    case "cancel":
    case "rollback":
      return status === "running" || status === "paused" || status === "pending";
    case "undo":
      return (status === "completed" || status === "failed") && undoable > 0;
    case "redo":
      return status === "rolled_back" && failure === null;
    default:
      return name satisfies never;
  }
}
