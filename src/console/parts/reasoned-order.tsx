import { type ReactNode, useState } from "react";

import { type Topic, useOrder } from "../rest/use-rest.ts";
import { OrderDialog } from "./dialog.tsx";

/** A button whose order takes a reason and nothing else. */
export function ReasonedOrder({
  label,
  lead,
  path,
  topics,
  isDangerous = false,
}: {
  readonly label: string;
  readonly lead: string;
  readonly path: readonly string[];
  readonly topics: readonly Topic[];
  readonly isDangerous?: boolean;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const order = useOrder<unknown, { readonly reason: string }>(topics, () => path);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {label}
      </button>
      {isOpen && (
        <OrderDialog
          title={label}
          lead={lead}
          confirm={label}
          isDangerous={isDangerous}
          order={(reason) => order.mutateAsync({ reason })}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
