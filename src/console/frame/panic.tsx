import { type ReactNode, useState } from "react";

import { OrderDialog } from "../parts/dialog.tsx";
import { Foreign } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import type { OnePanic, Panics } from "../rest/operations.ts";
import { useOrder, useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";

const ACTIONS = ["FREEZE", "CANCEL_ONLY", "CANCEL_AND_ROLLBACK"] as const;
const POLL_MS = 10_000;

export function PanicButton(): ReactNode {
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  const [action, setAction] = useState<(typeof ACTIONS)[number]>("FREEZE");
  const raise = useOrder<unknown, { readonly action: string; readonly reason: string }>(
    ["panics", "runs", "run"],
    () => ["panics"],
  );
  return (
    <>
      <button type="button" className="stop" onClick={() => setOpen(true)}>
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5Z" className="fill" />
        </svg>
        {say("panic.stop")}
      </button>
      {isOpen && (
        <OrderDialog
          title={say("panic.title")}
          lead={say("panic.lead")}
          confirm={say("panic.raise")}
          isDangerous
          order={(reason) => raise.mutateAsync({ action, reason })}
          onClose={() => setOpen(false)}
        >
          <fieldset>
            <legend>{say("panic.action")}</legend>
            {ACTIONS.map((each) => (
              <label key={each} className="choice">
                <input
                  type="radio"
                  name="action"
                  checked={action === each}
                  onChange={() => setAction(each)}
                />
                {say(`panic.${each}`)}
              </label>
            ))}
          </fieldset>
        </OrderDialog>
      )}
    </>
  );
}

/** What is stopped now, over every view. The home ledger has it, whose entries are not streamed. */
export function PanicBanner(): ReactNode {
  const { data } = useRest<Panics>("panics", ["panics"], {}, { everyMs: POLL_MS });
  const raised = data?.panics.filter(({ lifted }) => lifted === null) ?? [];
  return raised.map((panic) => <RaisedPanic key={panic.id} panic={panic} />);
}

function RaisedPanic({ panic }: { readonly panic: OnePanic }): ReactNode {
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  const lift = useOrder<unknown, { readonly reason: string }>(["panics", "runs", "run"], () => [
    "panics",
    panic.id,
    "lift",
  ]);
  return (
    <div className="panic" role="alert">
      <strong>{say("panic.on")}</strong>
      <span>
        <Foreign text={panic.by.human ?? panic.by.agent ?? ""} />, <Ago at={panic.at} />:{" "}
        <Foreign text={panic.reason} />
      </span>
      <button type="button" onClick={() => setOpen(true)}>
        {say("panic.lift")}
      </button>
      {isOpen && (
        <OrderDialog
          title={say("panic.lift.title")}
          lead={say("panic.lift.lead")}
          confirm={say("panic.lift")}
          order={(reason) => lift.mutateAsync({ reason })}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  );
}
