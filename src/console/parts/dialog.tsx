import { type ReactNode, useEffect, useId, useRef, useState } from "react";

import { useSay } from "../words/use-words.ts";
import { Failed } from "./states.tsx";

/** Something that is said over the view until it is answered; the browser keeps the focus inside. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}): ReactNode {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose} className="dialog">
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

/** Asks for the reason of an order before it is given; the server's refusal is shown where it was given. */
export function OrderDialog({
  title,
  lead,
  confirm,
  isDangerous = false,
  order,
  onClose,
  children,
}: {
  readonly title: string;
  readonly lead: string;
  readonly confirm: string;
  readonly isDangerous?: boolean;
  readonly order: (reason: string) => Promise<unknown>;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}): ReactNode {
  const say = useSay();
  const [reason, setReason] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const [isSent, setSent] = useState(false);
  const submit = async (): Promise<void> => {
    setSent(true);
    setError(null);
    try {
      await order(reason.trim());
      onClose();
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
      setSent(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>{lead}</p>
        {children}
        <label className="field">
          <span>{say("dialog.reason")}</span>
          <textarea
            required
            autoFocus
            rows={2}
            maxLength={2000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
          <small>{say("dialog.reason.hint")}</small>
        </label>
        {error !== null && <Failed error={error} />}
        <div className="buttons">
          <button type="button" onClick={onClose}>
            {say("dialog.cancel")}
          </button>
          <button
            type="submit"
            className={isDangerous ? "danger" : "primary"}
            disabled={isSent || reason.trim() === ""}
          >
            {confirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
