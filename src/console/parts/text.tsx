import { type ReactNode, useState } from "react";

import { visible } from "../../contract/visible.ts";
import { useSay } from "../words/use-words.ts";

/** A text that somebody else chose: no character of it is unseen or turns the line around. */
export function Foreign({ text }: { readonly text: string }): ReactNode {
  return <bdi>{visible(text)}</bdi>;
}

/** The same over several lines, as they are. */
export function foreignLines(text: string): string {
  return text.replaceAll("\r\n", "\n").split("\n").map(visible).join("\n");
}

/** The beginning of a digest or id, which is copied whole. */
export function Short({ id, length = 8 }: { readonly id: string; readonly length?: number }): ReactNode {
  const say = useSay();
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    // Browsers have a clipboard for https and this machine alone; the title shows the whole of it.
    if (!isSecureContext) return;
    navigator.clipboard.writeText(id).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), 1_200);
      },
      () => {},
    );
  };
  return (
    <button type="button" className="id" title={`${id} — ${say("copy.copy")}`} onClick={copy}>
      {isCopied ? say("copy.done") : id.slice(0, length)}
    </button>
  );
}

/** JSON as it is read: keys and values told apart, long texts on lines of their own. */
export function Values({ values, label }: { readonly values: unknown; readonly label: string }): ReactNode {
  return (
    <pre className="values" tabIndex={0} role="group" aria-label={label}>
      {foreignLines(JSON.stringify(values, null, 2))}
    </pre>
  );
}
